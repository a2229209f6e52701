import Glibc
import SGCBase
import SGCTokenizer
import Testing

@testable import SGCCommand

/// A folder of its own for one test, removed at the end.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/sgc-command-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer {
            unsafe $0.baseAddress.map { unsafe mkdtemp($0) != nil }
        }
        try #require(made == true)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? Directory.removeTree(path) }
}

/// The error of `body`, or a failed test.
func failure(of body: () throws -> Void) throws -> SGCError {
    try #require(throws: SGCError.self) { try body() }
}

/// A model and data so small that a step takes milliseconds.
let tinySettings = [
    "data.width=32", "data.height=16", "data.count=12", "model.channels=4", "model.channel_multipliers=[1,2]",
    "model.latent_channels=8", "model.norm_groups=2", "quantizer.codebook_size=16", "quantizer.code_dimension=8",
    "optimizer.total_steps=10", "run.batch=3", "run.evaluate_images=3", "run.semantics_images=4",
    "run.sample_images=2", "run.checkpoint_every=100", "average_decay=0.9",
]

/// A run with ``tinySettings``.
func tinyConfiguration(steps: Int, _ more: [String] = []) throws -> RunConfiguration {
    try RunConfiguration(preset: .demo, assignments: tinySettings + ["run.steps=\(steps)"] + more)
}
