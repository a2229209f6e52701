import Glibc
import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// The configuration of a model of a few thousand weights that still has every part.
///
/// - Parameter settings: `path=value`, as the command's `--set`.
func tinyConfiguration(_ kind: String, _ settings: [String] = []) throws -> TrainingConfiguration {
    var json = try JSONValue(
        parsing: """
            {"seed": 3,
             "model": {"channels": 8, "channel_multipliers": [1, 2], "residual_blocks": 1,
                       "attention_resolutions": [], "latent_channels": 16, "norm_groups": 4},
             "quantizer": {"kind": "\(kind)", "codebook_size": 32, "code_dimension": 16,
                           "clustering": {"decay": 0.9}, "semantics": {"classes": \(kind == "sgc" ? 3 : 0)}},
             "discriminator": {"channels": 4, "layers": 1, "learning_rate": 1e-3},
             "optimizer": {"learning_rate": 2e-3}}
            """, source: "tiny")
    for setting in settings { try json.apply(assignment: setting) }
    return try TrainingConfiguration(json)
}

/// One thread: tests run beside each other, and threads that wait for a core cost more than such a model's work.
func tinyTrainer(
    _ kind: String, _ settings: [String] = [], options: EngineOptions = EngineOptions(threads: 1)
) throws -> Trainer {
    try Trainer(tinyConfiguration(kind, settings), options: options)
}

/// Images with one class per token.
struct Batch {
    let pixels: Tensor
    let labels: [Int32]
}

/// Four images of three vertical bands whose colors and borders vary, with the band as class: `[4, 16, 24, 3]`.
func bandBatch(seed: UInt64, on device: Device) throws -> Batch {
    var random = RandomSource(seed: seed)
    var pixels: [Float] = []
    var labels: [Int32] = []
    for _ in 0..<4 {
        let borders = [4 + random.integer(below: 4) * 2, 14 + random.integer(below: 4) * 2]
        let colors = (0..<9).map { _ in random.uniform(-0.8, 0.8) }
        for y in 0..<16 {
            for x in 0..<24 {
                let band = x < borders[0] ? 0 : x < borders[1] ? 1 : 2
                for c in 0..<3 { pixels.append(colors[band * 3 + c] + 0.1 * Float((x + y) % 2)) }
            }
        }
        for _ in 0..<8 {
            for x in 0..<12 { labels.append(2 * x < borders[0] ? 0 : 2 * x < borders[1] ? 1 : 2) }
        }
    }
    return Batch(pixels: try Tensor(pixels, shape: [4, 16, 24, 3], on: device), labels: labels)
}

extension Trainer {
    /// `count` steps, each on a batch of its own that depends on the step's number only.
    @discardableResult
    func run(_ count: Int, labelled: Bool = true) throws -> [StepMetrics] {
        try (0..<count).map { _ in
            let batch = try bandBatch(seed: UInt64(step) + 1, on: device)
            return try step(batch.pixels, labels: labelled ? batch.labels : nil)
        }
    }

    /// Everything that a step may change, bit by bit.
    var bits: [String: [UInt32]] {
        var all = model.parameters + optimizer.firstMoments + optimizer.secondMoments + tracker.buffers
        if let adversary {
            all += adversary.store.parameters + adversary.optimizer.firstMoments + adversary.optimizer.secondMoments
        }
        if let distillation = teachers.features {
            all += distillation.store.parameters + distillation.optimizer.firstMoments
            all += distillation.optimizer.secondMoments
        }
        var result: [String: [UInt32]] = [:]
        for parameter in all { result[parameter.name, default: []] += parameter.value.floats.map(\.bitPattern) }
        for average in averages { result["average." + average.name] = average.value.floats.map(\.bitPattern) }
        result["counters"] = [
            UInt32(optimizer.step), UInt32(adversary?.optimizer.step ?? 0), UInt32(random.position),
        ]
        return result
    }
}

/// The names whose bits differ.
func changed(_ a: [String: [UInt32]], _ b: [String: [UInt32]]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
}

/// An image in memory that tests hand out as hosts do: RGB bytes.
final class HostImage: Sendable {
    let width: Int, height: Int
    let pixels: [UInt8]

    /// Smooth colors with some noise.
    init(width: Int, height: Int, seed: UInt64) {
        (self.width, self.height) = (width, height)
        var random = RandomSource(seed: seed)
        let phase = random.uniform(0, 6)
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let wave = sinf(phase + Float(x * (c + 1)) * 0.2 + Float(y) * 0.13)
                    pixels.append(UInt8(max(0, min(255, 128 + 90 * wave + 20 * random.uniform(-1, 1)))))
                }
            }
        }
        self.pixels = pixels
    }

    /// `image` with its last column and row repeated.
    init(padding image: HostImage, width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let place = (min(y, image.height - 1) * image.width + min(x, image.width - 1)) * 3
                pixels += image.pixels[place..<place + 3]
            }
        }
        self.pixels = pixels
    }

    /// Runs `body` with the image as hosts describe it.
    func withSource<R>(_ body: (PixelSource) throws -> R) throws -> R {
        let layout = try PixelLayout(width: width, height: height, format: .rgb8)
        return try unsafe pixels.withUnsafeBytes { bytes in
            try body(unsafe PixelSource(base: #require(bytes.baseAddress), layout: layout))
        }
    }
}

extension Tokenizer {
    func encode(_ image: HostImage, wantLatents: Bool = false) throws -> Encoding {
        try image.withSource { try encode($0, wantLatents: wantLatents) }
    }

    /// The decoded image, RGB bytes.
    func decode(_ encoding: Encoding, width: Int, height: Int) throws -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        let layout = try PixelLayout(width: width, height: height, format: .rgb8)
        try unsafe pixels.withUnsafeMutableBytes { bytes in
            try decode(
                encoding.tokens, grid: encoding.grid,
                into: unsafe PixelDestination(base: #require(bytes.baseAddress), layout: layout))
        }
        return pixels
    }
}

/// Runs `body` with the path of an empty directory that is removed afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let path = "\(base)/sgc-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
    try Directory.create(path)
    defer { try? Directory.removeTree(path) }
    try body(path)
}
