import ArgumentParser
import SGCBase
import SGCTensor
import SGCTokenizer

/// The options that every command has.
struct GlobalOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON, and nothing else, on the standard output.")
    var json = false

    @Option(help: ArgumentHelp("Threads of one operation; 0 takes what the process may use.", valueName: "n"))
    var threads = 0

    @Option(help: ArgumentHelp("Arithmetic of large products: float32 or bfloat16.", valueName: "type"))
    var precision: Precision?

    @Option(
        help: ArgumentHelp(
            "The most memory for weights and activations, such as 2GiB; 0 is no limit.", valueName: "size"))
    var memoryBudget = ByteCount(bytes: 0)

    @Option(
        help: ArgumentHelp(
            "The most floating-point operations of one run of a teacher's network; 0 is 5·10^14.", valueName: "n"))
    var operationLimit = 0

    @Option(
        help: ArgumentHelp(
            "Compute larger images in tiles of this side, in bounded memory; 0 computes images at once.",
            valueName: "pixels"))
    var tileSize = 0

    func validate() throws {
        guard (0...PixelImage.largestSide).contains(tileSize) else {
            throw ValidationError("--tile-size: expected 0...\(PixelImage.largestSide), got \(tileSize)")
        }
        guard operationLimit >= 0 else {
            throw ValidationError("--operation-limit: expected at least 0, got \(operationLimit)")
        }
        guard (0...1024).contains(threads) else {
            throw ValidationError("--threads: expected a number in 0...1024, got \(threads)")
        }
    }

    /// - Parameter precision: what counts when the option was not given.
    func engine(precision: Precision = .float32) -> EngineOptions {
        EngineOptions(
            threads: threads, precision: self.precision ?? precision, memoryBudget: memoryBudget.bytes,
            operationLimit: operationLimit, tileSize: tileSize)
    }

    /// Runs `body` on a thread of the library's own while this one waits, as all computation does.
    func compute<Value>(_ body: () throws(SGCError) -> Value) throws(SGCError) -> Value {
        Interruption.begin()
        return try Worker().run(body)
    }

    /// Prints a result: as JSON, or as the lines that `text` makes.
    func finish(_ result: JSONValue, text: () -> String) throws(SGCError) {
        Console.print(json ? try result.serialized(.pretty) : text())
    }
}

extension Precision: ExpressibleByArgument {}

/// A number of bytes as people write it: `1500000`, `512MB`, `2GiB`.
struct ByteCount: ExpressibleByArgument, Sendable, Equatable {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let units = [
            "": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000, "kib": 1 << 10, "mib": 1 << 20,
            "gib": 1 << 30,
        ]
        guard let number = Int(digits), let unit = units[argument.dropFirst(digits.count).lowercased()],
            case let (bytes, overflow) = number.multipliedReportingOverflow(by: unit), !overflow
        else { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { "\(bytes)" }
}

/// Width and height in pixels, `WIDTHxHEIGHT`.
struct PixelSize: ExpressibleByArgument, Sendable, Equatable {
    let width: Int
    let height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    init?(argument: String) {
        let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1],
            (1...PixelImage.largestSide).contains(width), (1...PixelImage.largestSide).contains(height)
        else { return nil }
        self.init(width: width, height: height)
    }

    var defaultValueDescription: String { "\(width)x\(height)" }
}
