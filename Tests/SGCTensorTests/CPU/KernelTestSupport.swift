import SGCBase
import SGCTensor
import Testing

/// Element counts around the sixteen lanes of the kernels, and a prime beyond them.
let awkwardCounts = [0, 1, 2, 15, 16, 17, 33, 257]

/// Values in -`range` ..< `range` that look random and are the same everywhere.
func scattered(_ count: Int, seed: Int = 1, range: Double = 2) -> [Double] {
    var state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(Float((Double(state >> 40) / Double(1 << 24) * 2 - 1) * range))
    }
}

func tensor(_ values: [Double], _ shape: Shape, _ type: DataType = .float32, on device: Device) throws -> Tensor {
    try Tensor(values.map { Float($0) }, shape: shape, type, on: device)
}

/// `actual` equals `expected` up to `tolerance` times the larger of 1 and the expected size.
func expectNear(
    _ actual: Tensor, _ expected: [Double], _ tolerance: Double, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let values = actual.doubles
    #expect(values.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    for (i, (value, wanted)) in zip(values, expected).enumerated() {
        let close = abs(value - wanted) <= tolerance * max(1, abs(wanted)) || (value == wanted)
        if !close && !(value.isNaN && wanted.isNaN) {
            Issue.record("\(what): element \(i) is \(value), expected \(wanted)", sourceLocation: sourceLocation)
            return
        }
    }
}

/// Both devices give the same bits for what `compute` makes.
func expectSameOnTwoThreads(
    sourceLocation: SourceLocation = #_sourceLocation, _ compute: (Device) throws -> [Tensor]
) throws {
    let one = try compute(cpuDevice(threads: 1)), two = try compute(cpuDevice(threads: 2))
    #expect(!one.isEmpty && one.count == two.count, sourceLocation: sourceLocation)
    for (a, b) in zip(one, two) {
        let same = unsafe a.withBytes { x in unsafe b.withBytes { y in unsafe x.elementsEqual(y) } }
        #expect(same, "one and two threads differ", sourceLocation: sourceLocation)
    }
}

/// The tolerance for results of a type: one rounding of bfloat16, or a few of float32.
func tolerance(_ type: DataType) -> Double { type == .bfloat16 ? 1e-2 : 3e-6 }
