import SGCBase
import SGCTensor
import Testing

@Suite struct NormalizationTests {
    /// x, gain and shift for c channels.
    private func inputs(_ shape: Shape) -> [TestInput] {
        [
            TestInput(shape, -1, 3), TestInput([shape.last], 0.5, 1.5, isMaster: true, stream: 1),
            TestInput([shape.last], isMaster: true, stream: 2),
        ]
    }

    @Test("norm, SiLU and convolution as one operation")
    func normalizedConvolution() throws {
        let inputs = [
            TestInput([2, 4, 5, 4]), TestInput([4], 0.5, 1.5, isMaster: true, stream: 1),
            TestInput([4], -0.5, 0.5, isMaster: true, stream: 2),
            TestInput([3, 4, 3, 3], -0.5, 0.5, isMaster: true, stream: 3), TestInput([3], isMaster: true, stream: 4),
        ]
        let geometry = ConvolutionGeometry(padding: 1)
        try check("normalized convolution", at: inputs) {
            try $0[0].normalizedConvolution(
                groups: 2, gain: $0[1], shift: $0[2], weight: $0[3], bias: $0[4], geometry: geometry)
        }
        let residual = TestInput([2, 4, 5, 3], stream: 6)
        try check("normalized convolution with a residual, without bias", at: inputs.dropLast() + [residual]) {
            try $0[0].normalizedConvolution(
                groups: 2, gain: $0[1], shift: $0[2], weight: $0[3], bias: nil, geometry: geometry, adding: $0[4])
        }
        // The same bits as the two operations.
        let device = cpuDevice()
        let x = try inputs.map { try $0.tensor(.float32, on: device) }
        let seed = TestInput([2, 4, 5, 3], -1, 1, stream: 5).values
        let one = try gradients(
            of: {
                try $0[0].normalizedConvolution(
                    groups: 2, gain: $0[1], shift: $0[2], weight: $0[3], bias: $0[4], geometry: geometry)
            }, at: x, seed: seed)
        let two = try gradients(
            of: {
                try $0[0].groupNorm(groups: 2, gain: $0[1], shift: $0[2], silu: true)
                    .convolution(weight: $0[3], bias: $0[4], geometry: geometry)
            }, at: x, seed: seed)
        #expect(one.y.floats == two.y.floats)
        for (a, b) in zip(one.gradients, two.gradients) { #expect(a.floats == b.floats) }
    }

    @Test(
        "group normalization, alone and with SiLU",
        arguments: [
            ([2, 3, 5, 12], 4), ([1, 7, 1, 64], 32), ([2, 1, 1, 6], 2), ([3, 17, 5], 1), ([0, 3, 3, 4], 2),
            ([1, 3, 3, 5], 5),
        ])
    func groupNorm(_ dimensions: [Int], _ groups: Int) throws {
        for silu in [false, true] {
            try check("group norm, silu: \(silu)", at: inputs(try Shape(dimensions))) {
                try $0[0].groupNorm(groups: groups, gain: $0[1], shift: $0[2], epsilon: 1e-3, silu: silu)
            }
        }
    }

    @Test("a normalized group has mean 0 and variance 1 also far from 0")
    func groupNormMoments() throws {
        for device in testDevices() {
            // Variance as E[x²] − E[x]² would have no digits left here.
            let x = try TestInput([1, 64, 1, 8], 1000, 1004).tensor(.float32, on: device)
            let y = try x.groupNorm(
                groups: 2, gain: .ones([8], on: device), shift: .zeros([8], on: device), epsilon: 1e-6
            ).doubles
            for group in 0..<2 {
                let values = y.indices.filter { $0 % 8 / 4 == group }.map { y[$0] }
                let mean = values.reduce(0, +) / Double(values.count)
                let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
                #expect(abs(mean) < 1e-3)
                #expect(abs(variance - 1) < 1e-3)
            }
        }
    }

    @Test("layer normalization", arguments: [[7], [5, 13], [2, 3, 64], [0, 4], [3, 131]])
    func layerNorm(_ dimensions: [Int]) throws {
        try check("layer norm", at: inputs(try Shape(dimensions))) {
            try $0[0].layerNorm(gain: $0[1], shift: $0[2], epsilon: 1e-3)
        }
    }

    @Test("batch normalization with the batch's statistics", arguments: [[5, 3], [2, 3, 5, 7], [3, 1, 1, 17]])
    func batchNorm(_ dimensions: [Int]) throws {
        let shape = try Shape(dimensions)
        try check("batch norm", at: inputs(shape)) {
            try $0[0].batchNorm(gain: $0[1], shift: $0[2], epsilon: 1e-3).y
        }
        try check("batch mean", at: inputs(shape), hasGradient: false) {
            try $0[0].batchNorm(gain: $0[1], shift: $0[2]).mean
        }
        try check("batch variance", at: inputs(shape), hasGradient: false) {
            try $0[0].batchNorm(gain: $0[1], shift: $0[2]).variance
        }
    }

    @Test("batch normalization with given statistics")
    func batchNormInference() throws {
        // The statistics get no gradient, so they are not operands of the function that is checked.
        let moments = [TestInput([7], isMaster: true, stream: 5), TestInput([7], 0.5, 2, isMaster: true, stream: 6)]
        try check("batch norm", at: inputs([2, 3, 5, 7])) { x in
            let type: DataType = x[1].dataType
            let (mean, variance) = (
                try moments[0].tensor(type, on: x[0].device), try moments[1].tensor(type, on: x[0].device)
            )
            return try x[0].batchNorm(mean: mean, variance: variance, gain: x[1], shift: x[2])
        }
    }

    @Test("what does not fit is refused")
    func refusals() throws {
        let device = referenceDevice()
        let x = try Tensor.ones([1, 2, 2, 6], on: device)
        let (six, five) = (try Tensor.ones([6], on: device), try Tensor.ones([5], on: device))
        #expect(throws: SGCError.self) { try x.groupNorm(groups: 4, gain: six, shift: six) }
        #expect(throws: SGCError.self) { try x.groupNorm(groups: 2, gain: five, shift: six) }
        #expect(throws: SGCError.self) { try x.layerNorm(gain: five, shift: five) }
        #expect(throws: SGCError.self) { try x.batchNorm(gain: six, shift: five) }
    }
}
