import ArgumentParser
import SGCBase
import SGCTensor

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time a model on this machine, and say where the time goes.",
        discussion: """
            Times encoding and decoding one image, and for a preset or a run also a training step, on made-up pixels. \
            GFLOP/s count the multiplications and additions of convolutions, attention and distances.

            A run is built with fresh weights and without its teachers, whose cost `sgc teacher probe` tells.
            """)

    @Argument(help: ArgumentHelp("A model directory or a run directory.", valueName: "model"))
    var model: String?

    @Option(help: ArgumentHelp("Time this preset, with fresh weights.", valueName: "name"))
    var preset: String?

    @Option(help: ArgumentHelp("The size of image; the run's or preset's by default.", valueName: "WxH"))
    var size: PixelSize?

    @Option(help: ArgumentHelp("Images of a training step; the run's or preset's by default.", valueName: "n"))
    var batch: Int?

    @Option(help: ArgumentHelp("How long each kind of work is repeated.", valueName: "seconds"))
    var seconds = 5.0

    @Flag(help: "Say what each kind of operation takes.")
    var profile = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (model == nil) != (preset == nil) else {
            throw ValidationError("expected a model or --preset NAME")
        }
        if let batch, !(1...65_536).contains(batch) {
            throw ValidationError("--batch: expected a number in 1...65536, got \(batch)")
        }
        guard seconds >= 0, seconds <= 3600 else {
            throw ValidationError("--seconds: expected a number in 0...3600, got \(seconds)")
        }
    }

    func run() throws {
        try global.compute { () throws(SGCError) in
            let work = try workload()
            let tests = try work.parts.map { (part) throws(SGCError) in
                try SpeedTest(part, times: work.times, budget: seconds)
            }
            try global.finish(.object(tests.map { ($0.part.name, $0.json) })) { tests.map(\.text).joined() }
        }
    }

    private func workload() throws(SGCError) -> Workload {
        let times = profile ? OperationTimes() : nil
        var configuration: RunConfiguration?
        if let preset { configuration = try RunConfiguration(preset: Preset.named(preset)) }
        if let model {
            let location = try ModelLocation(model)
            configuration = try location.run?.read()
            if configuration == nil {
                guard batch == nil else {
                    throw SGCError(.argument, "--batch: expected a run or a preset; a model alone is not trained")
                }
                return try Workload(
                    model: location, size: size ?? PixelSize(width: 256, height: 256), engine: global.engine(),
                    times: times)
            }
        }
        guard let configuration else { throw SGCError(.argument, "bench: expected a model or a preset") }
        let data = configuration.data
        return try Workload(
            configuration, size: size ?? PixelSize(width: data.width, height: data.height),
            batch: batch ?? configuration.run.batch, engine: global.engine(precision: configuration.run.precision),
            times: times)
    }
}
