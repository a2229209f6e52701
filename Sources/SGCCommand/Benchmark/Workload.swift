import SGCBase
import SGCTensor
import SGCTokenizer

/// What `sgc bench` times: a model's three kinds of work on made-up pixels, whose values change no time.
struct Workload {
    /// One kind of work.
    struct Part {
        let name: String
        /// Images that one call works on.
        let images: Int
        /// Floating-point operations of one call.
        let operations: Double
        let device: Device
        let run: () throws(SGCError) -> Void
    }

    let parts: [Part]
    /// Where all operations are counted; nil when nobody asked.
    let times: OperationTimes?

    /// Encoding and decoding with a model on disk.
    init(
        model location: ModelLocation, size: PixelSize, engine: EngineOptions, times: OperationTimes?
    ) throws(SGCError) {
        let device = engine.makeDevice(times: times)
        let tokenizer = try location.load(device: device, engine)
        self.times = times
        parts = try Self.inference(tokenizer, size)
    }

    /// Encoding, decoding and training steps with fresh weights.
    ///
    /// - Parameter batch: images of one step.
    init(
        _ configuration: RunConfiguration, size: PixelSize, batch: Int, engine: EngineOptions, times: OperationTimes?
    ) throws(SGCError) {
        let device = engine.makeDevice(times: times)
        let trainer = try Trainer(configuration.training, device: device, precision: engine.precision)
        self.times = times
        parts =
            try Self.inference(trainer.snapshot(on: engine.makeDevice(times: times)), size) + [
                Self.training(trainer, size, batch: batch)
            ]
    }

    private static func inference(_ tokenizer: Tokenizer, _ size: PixelSize) throws(SGCError) -> [Part] {
        let cost = try ModelCost(tokenizer.configuration, width: size.width, height: size.height)
        let image = try PixelImage(
            width: size.width, height: size.height, pixels: noise(count: size.width * size.height * 3))
        let tokens = try tokenizer.encode(image)
        return [
            Part(
                name: "encode", images: 1, operations: cost.encoder.operations + cost.quantizer.operations,
                device: tokenizer.device
            ) { () throws(SGCError) in _ = try tokenizer.encode(image) },
            Part(name: "decode", images: 1, operations: cost.decoder.operations, device: tokenizer.device) {
                () throws(SGCError) in
                _ = try tokenizer.decode(tokens.tokens, grid: tokens.grid, width: size.width, height: size.height)
            },
        ]
    }

    private static func training(_ trainer: Trainer, _ size: PixelSize, batch: Int) throws(SGCError) -> Part {
        let tokenizer = trainer.configuration.tokenizer
        let grid = try TokenGrid(
            coveringWidth: size.width, height: size.height, factor: tokenizer.model.downsamplingFactor)
        let (height, width) = (grid.rows * grid.factor, grid.columns * grid.factor)
        guard batch * height * width <= Self.mostPixels else {
            throw SGCError(
                .limit,
                "bench: expected a step of at most \(Self.mostPixels) pixels, got \(batch) of \(width)x\(height)")
        }
        let pixels = noise(count: batch * height * width * 3).map { Float($0) / 127.5 - 1 }
        let x = try Tensor(pixels, shape: Shape([batch, height, width, 3]), on: trainer.device)
        let classes = tokenizer.quantizer.semantics.classes
        let labels = classes == 0 ? nil : (0..<batch * grid.count).map { Int32($0 * 7 / 3 % classes) }
        let cost = try ModelCost(tokenizer, width: size.width, height: size.height)
        return Part(
            name: "step", images: batch, operations: cost.stepOperations(trainer.configuration, batch: batch),
            device: trainer.device
        ) { () throws(SGCError) in _ = try trainer.step(x, labels: labels) }
    }

    /// Of a training step: what a machine can hold.
    private static let mostPixels = 1 << 28

    /// Bytes without a pattern, the same in every run.
    private static func noise(count: Int) -> [UInt8] {
        var random = RandomSource(seed: 1)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
}
