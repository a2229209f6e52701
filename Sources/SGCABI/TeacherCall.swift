import CSGC
import SGCBase
import SGCTensor
import SGCTokenizer

/// One `sgc_teacher_run`: checks everything, then shows image after image to the network.
@safe
struct TeacherCall {
    private let object: TeacherObject
    private let images: UnsafePointer<sgc_image>?
    private let imageCount: Int
    private let cancellation: Cancellation

    init(
        _ object: TeacherObject, images: UnsafePointer<sgc_image>?, imageCount: Int, cancellation: Cancellation
    ) {
        self.object = object
        unsafe self.images = images
        self.imageCount = imageCount
        self.cancellation = cancellation
    }

    /// Does the call: sets the counts in `out` first, so that they are known when the capacities turn out too small.
    func run(_ out: UnsafeMutablePointer<sgc_teacher_answer>) throws(SGCError) {
        var answer = try unsafe structure(UnsafePointer(out), "out_answer")
        guard unsafe answer.reserved == 0 && answer.reserved_end == 0 else {
            throw SGCError(.argument, "out_answer: expected reserved fields to be 0")
        }
        unsafe (answer.rows, answer.columns, answer.channels) = (0, 0, 0)
        unsafe (answer.label_count, answer.feature_count) = (0, 0)
        guard imageCount != 0 else { return unsafe write(answer, to: out) }
        let images = try unsafe require(images, "images")
        let first = try located(0) { () throws(SGCError) in
            let argument = unsafe try ImageArgument(element(0, of: images, "struct_size"))
            _ = try argument.layout()
            return argument
        }
        let grid = try object.grid(width: first.width, height: first.height, cancellation: cancellation)
        let givesLabels = object.teacher.description.kind == .segmentation
        unsafe answer.rows = Int32(clamping: grid.rows)
        unsafe answer.columns = Int32(clamping: grid.columns)
        unsafe answer.channels = Int32(clamping: grid.channels)
        unsafe answer.label_count =
            givesLabels ? try product(imageCount, first.width, first.height, of: "image_count") : 0
        unsafe answer.feature_count = try product(imageCount, grid.rows, grid.columns, grid.channels, of: "image_count")
        unsafe write(answer, to: out)
        if unsafe answer.labels == nil && answer.features == nil && answer.label_capacity == 0
            && answer.feature_capacity == 0
        {
            return
        }
        let outputs = try unsafe outputs(of: answer, givesLabels: givesLabels)
        let sources = try unsafe sources(images, like: first, apartFrom: outputs)
        try unsafe show(sources, answer)
    }

    /// The memory that the call writes.
    /// - Throws: `.argument` when it is too small, or labels are wanted of a teacher that gives none.
    private func outputs(of answer: sgc_teacher_answer, givesLabels: Bool) throws(SGCError) -> [MemoryRange] {
        guard unsafe answer.labels == nil || givesLabels else {
            throw SGCError(.argument, "labels: expected NULL for a teacher of kind features")
        }
        guard unsafe answer.labels == nil || hasRoom(answer.label_capacity, for: answer.label_count) else {
            throw SGCError(
                .argument,
                unsafe "label_capacity: expected at least \(answer.label_count), got \(answer.label_capacity)")
        }
        guard unsafe answer.features == nil || hasRoom(answer.feature_capacity, for: answer.feature_count) else {
            throw SGCError(
                .argument,
                unsafe "feature_capacity: expected at least \(answer.feature_count), got \(answer.feature_capacity)")
        }
        return [
            try unsafe MemoryRange(answer.labels, count: answer.label_count, elementBytes: 2, "labels"),
            try unsafe MemoryRange(answer.features, count: answer.feature_count, elementBytes: 4, "features"),
            try unsafe MemoryRange(answer.image_statuses, count: imageCount, elementBytes: 4, "image_statuses"),
        ]
    }

    private func sources(
        _ images: UnsafePointer<sgc_image>, like first: ImageArgument, apartFrom outputs: [MemoryRange]
    ) throws(SGCError) -> [PixelSource] {
        var sources: [PixelSource] = []
        for index in 0..<imageCount {
            let source = try located(index) { () throws(SGCError) in
                let source = try unsafe ImageArgument(element(index, of: images, "struct_size")).source()
                guard source.width == first.width, source.height == first.height else {
                    throw SGCError(
                        .mismatch,
                        "expected \(first.width)x\(first.height) like image 0, got \(source.width)x\(source.height)")
                }
                for output in outputs { try output.mustNotOverlap(source.memory) }
                try source.checkValues()
                return source
            }
            sources.append(source)
            try cancellation.check()
        }
        return sources
    }

    /// Shows the images one after another and writes what came of each.
    /// - Throws: what is wrong with the first for which the network gave no numbers, after all others.
    private func show(_ sources: [PixelSource], _ out: sgc_teacher_answer) throws(SGCError) {
        let labels = unsafe out.label_count / imageCount
        let features = unsafe out.feature_count / imageCount
        let (wantsLabels, wantsFeatures) = unsafe (out.labels != nil, out.features != nil)
        var firstFailure: SGCError?
        for (index, source) in sources.enumerated() {
            var answer: TeacherAnswer?
            var status = sgc_status(SGC_OK)
            do throws(SGCError) {
                answer = try located(index) { () throws(SGCError) in
                    try object.run(cancellation) { (teacher, device) throws(SGCError) in
                        try teacher.answer(
                            to: source, wantsLabels: wantsLabels, wantsFeatures: wantsFeatures, on: device)
                    }
                }
            } catch {
                guard unsafe out.image_statuses != nil, error.code == .numeric || error.code == .range else {
                    throw error
                }
                status = error.code.rawValue
                firstFailure = firstFailure ?? error
            }
            try unsafe fillPart(out.labels, part: index, labels, from: answer?.labels, otherwise: UInt16.max)
            try unsafe fillPart(out.features, part: index, features, from: answer?.features, otherwise: 0)
            unsafe out.image_statuses?[index] = status
        }
        if let firstFailure { throw firstFailure }
    }
}
