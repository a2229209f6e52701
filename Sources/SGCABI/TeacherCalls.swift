import SGCBase
import SGCTensor
import SGCTokenizer

/// What a teacher's handle stands for: the network, and the thread on which it computes.
final class TeacherObject: HandleObject {
    static let kind = HandleKind.teacher
    let teacher: Teacher
    private let worker = Worker.compute()

    private init(_ teacher: Teacher) {
        self.teacher = teacher
    }

    /// Loads a network, on a thread that ends with the load.
    static func load(path: String, options: EngineOptions) throws(SGCError) -> TeacherObject {
        let teacher = try Worker().run { () throws(SGCError) in try Teacher.load(path: path, options: options) }
        Log.write(.info, "teacher loaded from \(path): \(teacher.description.kind.rawValue)")
        return TeacherObject(teacher)
    }

    /// Runs `body` on the worker's thread with a device that this call alone can cancel.
    func run<Value>(
        _ cancellation: Cancellation, _ body: (Teacher, Device) throws(SGCError) -> Value
    ) throws(SGCError) -> Value {
        try worker.run { () throws(SGCError) in
            let device = Device(sharing: teacher.device)
            return try device.withCancellation(cancellation) { () throws(SGCError) in try body(teacher, device) }
        }
    }

    /// What the network gives for an image of that size: its grid, and the numbers in each place.
    func grid(width: Int, height: Int, cancellation: Cancellation) throws(SGCError) -> TeacherGrid {
        try PixelLayout.check(width: width, height: height)
        return try run(cancellation) { (teacher, device) throws(SGCError) in
            try teacher.grid(width: width, height: height, on: device)
        }
    }
}
