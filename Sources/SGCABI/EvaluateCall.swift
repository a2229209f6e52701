import CSGC
import SGCBase
import SGCONNX
import SGCTensor
import SGCTokenizer

/// One `sgc_teacher_evaluate`.
func evaluate(
    _ object: TeacherObject, outputs: UnsafeMutablePointer<sgc_tensor>?, outputCount: Int,
    inputs: UnsafePointer<sgc_tensor>?, inputCount: Int, cancellation: Cancellation
) throws(SGCError) {
    guard outputCount > 0, outputCount <= largestTensorCount, inputCount >= 0, inputCount <= largestTensorCount else {
        throw SGCError(
            .argument,
            "output_count: expected 1...\(largestTensorCount) outputs and up to as many inputs, got \(outputCount) "
                + "and \(inputCount)")
    }
    let outputs = try unsafe require(outputs, "outputs")
    var given: [String: ONNXTensor] = [:]
    for index in 0..<inputCount {
        let list = try unsafe require(inputs, "inputs")
        do throws(SGCError) {
            let argument = try unsafe TensorArgument(element(index, of: list, "struct_size"))
            guard given[argument.name] == nil else {
                throw SGCError(.argument, "expected each name once, got \(quoted(argument.name)) again")
            }
            given[argument.name] = try argument.tensor()
        } catch {
            throw error.within("input \(index)")
        }
    }
    var wanted: [TensorArgument] = []
    for index in 0..<outputCount {
        do throws(SGCError) {
            wanted.append(try unsafe TensorArgument(element(index, of: UnsafePointer(outputs), "struct_size")))
        } catch {
            throw error.within("output \(index)")
        }
    }
    let results = try object.run(cancellation) { (teacher, device) throws(SGCError) in
        try teacher.evaluate(given, wanting: wanted.map(\.name), on: device)
    }
    var tooSmall: SGCError?
    for (index, (argument, result)) in zip(wanted, results).enumerated() {
        unsafe argument.describe(result, at: outputs, index)
        guard !argument.isSizeQuery else { continue }
        if !hasRoom(argument.capacity, for: result.bytes.count) {
            tooSmall =
                tooSmall
                ?? SGCError(
                    .argument,
                    "output \(index): expected room for \(result.bytes.count) bytes of \(quoted(argument.name)), "
                        + "got \(argument.capacity)")
        } else {
            try argument.write(result)
        }
    }
    if let tooSmall { throw tooSmall }
}

/// More inputs or outputs than any call has.
private let largestTensorCount = 65_536

/// What a host says about a tensor.
@safe
private struct TensorArgument {
    let name: String
    let capacity: Int
    private let given: sgc_tensor
    private let data: UnsafeMutableRawPointer?

    init(_ tensor: sgc_tensor) throws(SGCError) {
        guard unsafe tensor.reserved == 0 else {
            throw SGCError(.argument, unsafe "expected reserved to be 0, got \(tensor.reserved)")
        }
        name = try unsafe string(tensor.name, "name", limit: 4096, tooLong: .argument)
        unsafe given = tensor
        unsafe data = tensor.data
        capacity = unsafe tensor.capacity_bytes
    }

    var isSizeQuery: Bool { unsafe data == nil && capacity == 0 }

    /// The elements of an input, copied.
    func tensor() throws(SGCError) -> ONNXTensor {
        guard let type = unsafe ElementType(rawValue: given.element_type), type.isReal || type.isInteger else {
            throw SGCError(
                .argument, unsafe "expected an element type of numbers or bool, got \(given.element_type)")
        }
        guard unsafe (0...Int32(Shape.largestRank)).contains(given.rank) else {
            throw SGCError(.argument, unsafe "expected a rank in 0...\(Shape.largestRank), got \(given.rank)")
        }
        let all = unsafe withUnsafeBytes(of: given.shape) { unsafe Array($0.bindMemory(to: Int64.self)) }
        let shape = try Shape(all.prefix(unsafe Int(given.rank)).map { Int($0) })
        let (bytes, overflow) = shape.count.multipliedReportingOverflow(by: type.size)
        guard !overflow, capacity == bytes else {
            throw SGCError(
                .argument, "expected \(overflow ? Int.max : bytes) bytes for \(shape) of \(type), got \(capacity)")
        }
        guard bytes > 0 else { return try ONNXTensor(type: type, shape: shape, bytes: []) }
        let start = try unsafe UnsafeRawPointer(require(data, "data"))
        try unsafe checkAddresses(of: start, extent: bytes)
        return try ONNXTensor(
            type: type, shape: shape, bytes: unsafe Array(UnsafeRawBufferPointer(start: start, count: bytes)))
    }

    /// Sets type, shape and size in element `index` of the host's array; the rest of it stays as it is.
    func describe(_ result: ONNXTensor, at outputs: UnsafeMutablePointer<sgc_tensor>, _ index: Int) {
        var tensor = unsafe given
        unsafe tensor.element_type = result.type.rawValue
        unsafe tensor.rank = Int32(clamping: result.shape.rank)
        unsafe withUnsafeMutableBytes(of: &tensor.shape) { bytes in
            let extents = unsafe bytes.bindMemory(to: Int64.self)
            for axis in extents.indices {
                unsafe extents[axis] = axis < result.shape.rank ? Int64(result.shape[axis]) : 0
            }
        }
        unsafe tensor.size_bytes = result.bytes.count
        // Elements lie struct_size bytes apart, all of which were read when the arguments were checked.
        let place = unsafe UnsafeMutableRawPointer(outputs) + index * Int(given.struct_size)
        unsafe SGCABI.write(tensor, to: place.assumingMemoryBound(to: sgc_tensor.self))
    }

    /// Copies the elements to the host's memory, which has room for them.
    func write(_ result: ONNXTensor) throws(SGCError) {
        guard !result.bytes.isEmpty else { return }
        let start = try unsafe require(data, "data")
        unsafe UnsafeMutableRawBufferPointer(start: start, count: result.bytes.count).copyBytes(from: result.bytes)
    }
}
