import Glibc
import SGCBase
import SGCONNX
import Testing

/// Writes protobuf messages field by field, also such as no library would write.
struct Proto {
    private(set) var bytes: [UInt8] = []

    init(_ build: (inout Proto) -> Void = { _ in }) { build(&self) }

    mutating func raw(_ more: [UInt8]) { bytes += more }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func tag(_ field: UInt64, wire: UInt64) { varint(field << 3 | wire) }

    mutating func integer(_ field: UInt64, _ value: Int64) {
        tag(field, wire: 0)
        varint(UInt64(bitPattern: value))
    }

    mutating func real(_ field: UInt64, _ value: Float) {
        tag(field, wire: 5)
        raw(littleEndian(value.bitPattern))
    }

    mutating func data(_ field: UInt64, _ data: [UInt8]) {
        tag(field, wire: 2)
        varint(UInt64(data.count))
        bytes += data
    }

    mutating func text(_ field: UInt64, _ text: String) { data(field, Array(text.utf8)) }
    mutating func message(_ field: UInt64, _ message: Proto) { data(field, message.bytes) }
}

func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
}

func packed(_ numbers: [Int64]) -> [UInt8] {
    var proto = Proto()
    for number in numbers { proto.varint(UInt64(bitPattern: number)) }
    return proto.bytes
}

/// TensorProto. `external` are pairs of key and value, which make the tensor an external one.
func tensor(
    _ name: String = "", type: Int64 = 1, _ dims: [Int64], external: [(String, String)]? = nil,
    _ data: (inout Proto) -> Void = { _ in }
) -> Proto {
    Proto {
        for extent in dims { $0.integer(1, extent) }
        $0.integer(2, type)
        if !name.isEmpty { $0.text(8, name) }
        if let external {
            for (key, value) in external {
                $0.message(
                    13,
                    Proto {
                        $0.text(1, key)
                        $0.text(2, value)
                    })
            }
            $0.integer(14, 1)
        }
        data(&$0)
    }
}

/// A float32 tensor with raw data.
func weights(_ name: String, _ values: [Float]) -> Proto {
    tensor(name, [Int64(values.count)]) { $0.data(9, values.flatMap { littleEndian($0.bitPattern) }) }
}

func attribute(_ name: String, type: Int64, _ value: (inout Proto) -> Void) -> Proto {
    Proto {
        $0.text(1, name)
        value(&$0)
        $0.integer(20, type)
    }
}

func node(
    _ op: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
    _ attributes: [Proto] = []
) -> Proto {
    Proto {
        for input in inputs { $0.text(1, input) }
        for output in outputs { $0.text(2, output) }
        if !name.isEmpty { $0.text(3, name) }
        $0.text(4, op)
        for attribute in attributes { $0.message(5, attribute) }
        if !domain.isEmpty { $0.text(7, domain) }
    }
}

/// ValueInfoProto; an extent of nil is the parameter "n".
func value(_ name: String, type: Int64 = 1, _ shape: [Int64?]? = [2]) -> Proto {
    Proto {
        $0.text(1, name)
        $0.message(
            2,
            Proto {
                $0.message(
                    1,
                    Proto {
                        $0.integer(1, type)
                        if let shape {
                            $0.message(
                                2,
                                Proto {
                                    for extent in shape {
                                        $0.message(
                                            1,
                                            Proto {
                                                if let extent { $0.integer(1, extent) } else { $0.text(2, "n") }
                                            })
                                    }
                                })
                        }
                    })
            })
    }
}

func graph(
    _ nodes: [Proto], initializers: [Proto] = [], inputs: [Proto] = [value("x")], outputs: [Proto] = [value("y")],
    _ more: (inout Proto) -> Void = { _ in }
) -> Proto {
    Proto {
        for node in nodes { $0.message(1, node) }
        $0.text(2, "graph")
        for tensor in initializers { $0.message(5, tensor) }
        for value in inputs { $0.message(11, value) }
        for value in outputs { $0.message(12, value) }
        more(&$0)
    }
}

func opset(_ domain: String, _ version: Int64) -> Proto {
    Proto {
        if !domain.isEmpty { $0.text(1, domain) }
        $0.integer(2, version)
    }
}

func function(
    _ name: String, domain: String = "f", inputs: [String], outputs: [String], attributes: [String] = [],
    defaults: [Proto] = [], opsets: [Proto] = [opset("", 17), opset("f", 1)], _ nodes: [Proto]
) -> Proto {
    Proto {
        $0.text(1, name)
        for input in inputs { $0.text(4, input) }
        for output in outputs { $0.text(5, output) }
        for attribute in attributes { $0.text(6, attribute) }
        for node in nodes { $0.message(7, node) }
        for opset in opsets { $0.message(9, opset) }
        $0.text(10, domain)
        for attribute in defaults { $0.message(11, attribute) }
    }
}

/// The bytes of a ModelProto.
func model(
    _ graph: Proto, ir: Int64? = 8, opsets: [Proto] = [opset("", 17)], functions: [Proto] = [],
    _ more: (inout Proto) -> Void = { _ in }
) -> [UInt8] {
    Proto {
        if let ir { $0.integer(1, ir) }
        $0.message(7, graph)
        for opset in opsets { $0.message(8, opset) }
        for function in functions { $0.message(25, function) }
        more(&$0)
    }.bytes
}

/// y = Relu(x)
let relu = graph([node("Relu", ["x"], ["y"])])

/// What `body` throws; nil when it does not.
func failure<Result>(_ body: () throws -> Result) -> SGCError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? SGCError
    }
}

/// The failure of loading a model from bytes.
func refusal(
    _ bytes: [UInt8], limits: ImportLimits = ImportLimits(),
    known: @escaping ModelImport.Knowledge = { _, _, _ in true }
) -> SGCError? {
    failure { try ModelImport.load(bytes, limits: limits, known: known) }
}

/// Runs `body` with the path of an empty directory that is removed afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let path = "\(base)/sgc-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
    try Directory.create(path)
    defer { try? Directory.removeTree(path) }
    try body(path)
}

extension ONNXTensor {
    var floats: [Float] {
        stride(from: 0, to: bytes.count, by: 4).map { i in
            Float(bitPattern: (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(bytes[i + $1]) })
        }
    }
}

/// Runs `body` on a thread with 256 KiB of stack.
func onSmallStack<Value: Sendable>(_ body: @escaping @Sendable () throws(SGCError) -> Value) throws -> Value {
    let result = Lock<Result<Value, SGCError>?>(nil)
    let thread = try LibraryThread(stackBytes: 256 << 10) {
        do throws(SGCError) {
            let value = try body()
            result.withLock { $0 = .success(value) }
        } catch {
            result.withLock { $0 = .failure(error) }
        }
    }
    thread.join()
    return try #require(result.withLock { $0 }).get()
}
