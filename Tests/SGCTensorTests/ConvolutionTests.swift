import SGCBase
import SGCTensor
import Testing

@Suite struct ConvolutionTests {
    struct Case: Sendable, CustomStringConvertible {
        let input: Shape, weight: Shape
        let geometry: ConvolutionGeometry
        var description: String { "\(input) * \(weight)" }

        init(_ input: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry) {
            (self.input, self.weight, self.geometry) = (input, weight, geometry)
        }
    }

    static let cases = [
        Case([1, 1, 1, 1], [1, 1, 1, 1], ConvolutionGeometry()),
        Case([2, 5, 7, 3], [5, 3, 1, 1], ConvolutionGeometry()),
        Case([2, 5, 4, 17], [19, 17, 3, 3], ConvolutionGeometry(padding: 1)),
        Case([1, 7, 5, 3], [4, 3, 3, 3], ConvolutionGeometry(stride: 2, padding: 1)),
        Case([1, 8, 6, 3], [5, 3, 4, 4], ConvolutionGeometry(stride: 2, padding: 1)),
        Case([1, 9, 8, 2], [3, 2, 3, 3], ConvolutionGeometry(padding: 2, dilation: 2)),
        Case([1, 5, 5, 6], [4, 3, 3, 3], ConvolutionGeometry(padding: 1, groups: 2)),
        Case([1, 5, 6, 7], [7, 1, 3, 3], ConvolutionGeometry(padding: 1, groups: 7)),
        Case([0, 5, 6, 3], [2, 3, 3, 3], ConvolutionGeometry(padding: 1)),
        Case([1, 8, 6, 2], [3, 2, 3, 3], downsampling),
        Case([2, 6, 5, 3], [4, 3, 3, 2], uneven),
        Case([1, 4, 5, 2], [3, 2, 1, 1], ConvolutionGeometry(padding: 1)),
    ]

    /// Stride 1 with another padding on each side.
    private static var uneven: ConvolutionGeometry {
        var geometry = ConvolutionGeometry()
        (geometry.top, geometry.bottom, geometry.left, geometry.right) = (2, 0, 0, 1)
        return geometry
    }

    /// The encoder's downsampling: zeros on the right and at the bottom only.
    private static var downsampling: ConvolutionGeometry {
        var geometry = ConvolutionGeometry(stride: 2)
        (geometry.bottom, geometry.right) = (1, 1)
        return geometry
    }

    @Test("convolution", arguments: cases)
    func convolution(_ test: Case) throws {
        let x = TestInput(test.input)
        let weight = TestInput(test.weight, -0.5, 0.5, isMaster: true, stream: 1)
        let bias = TestInput([test.weight[0]], isMaster: true, stream: 2)
        try check("convolution \(test)", at: [x, weight, bias]) {
            try $0[0].convolution(weight: $0[1], bias: $0[2], geometry: test.geometry)
        }
        try check("convolution \(test) without bias", at: [x, weight]) {
            try $0[0].convolution(weight: $0[1], bias: nil, geometry: test.geometry)
        }
    }

    /// Large enough for Winograd's way: tiles that the image does not fill, several images, more than one block of tiles,
    /// paddings that differ.
    static let largeCases = [
        Case([2, 18, 23, 32], [48, 32, 3, 3], ConvolutionGeometry(padding: 1)),
        Case([1, 64, 58, 64], [64, 64, 3, 3], ConvolutionGeometry(padding: 1)),
        Case([1, 17, 19, 32], [32, 32, 3, 3], uneven),
        Case([1, 19, 20, 32], [32, 32, 3, 3], ConvolutionGeometry(padding: 2)),
        Case([1, 21, 22, 64], [80, 64, 3, 3], ConvolutionGeometry(padding: 1)),
    ]

    @Test("large convolutions and their gradients agree with Reference", arguments: largeCases)
    func large(_ test: Case) throws {
        let inputs = [
            TestInput(test.input), TestInput(test.weight, -0.5, 0.5, isMaster: true, stream: 1),
            TestInput([test.weight[0]], isMaster: true, stream: 2),
        ]
        func run(
            on device: Device, _ dataType: DataType = .float32
        ) throws -> (y: Tensor, gradients: [Tensor]) {
            let operands = try inputs.map { try $0.tensor(dataType, on: device) }
            let size = test.geometry.outputSize(
                height: test.input[1], width: test.input[2], kernelHeight: 3, kernelWidth: 3)
            let shape: Shape = [test.input[0], size.height, size.width, test.weight[0]]
            return try gradients(
                of: { try $0[0].convolution(weight: $0[1], bias: $0[2], geometry: test.geometry) },
                at: operands, seed: TestInput(shape, -1, 1, stream: 3).values)
        }
        let expected = try run(on: referenceDevice())
        let first = try run(on: cpuDevice(threads: 1)).y.floats
        for threads in [3, 16] {
            #expect(try run(on: cpuDevice(threads: threads)).y.floats == first, "the same bits on \(threads) threads")
        }
        try forEachBackendPair { backend in
            let actual = try run(on: cpuDevice(threads: backend.threads), backend.dataType)
            expectClose(actual.y, expected.y, tolerance: backend.tolerance, "\(test) on \(backend)")
            for (index, pair) in zip(actual.gradients, expected.gradients).enumerated() {
                expectClose(pair.0, pair.1, tolerance: backend.tolerance, "\(test), gradient \(index) on \(backend)")
            }
        }
    }

    /// Winograd's way (for the second only when enlarged) and the direct one.
    static let fusedCases = [
        Case([2, 18, 23, 32], [48, 32, 3, 3], ConvolutionGeometry(padding: 1)),
        Case([1, 9, 15, 64], [64, 64, 3, 3], ConvolutionGeometry(padding: 1)),
        Case([1, 17, 19, 32], [32, 32, 3, 3], uneven),
        Case([2, 5, 4, 3], [4, 3, 3, 3], ConvolutionGeometry(padding: 1)),
    ]

    @Test("what a convolution takes into its passes is what operations of their own give", arguments: fusedCases)
    func fused(_ test: Case) throws {
        for isEnlarged in [false, true] {
            let (height, width) = (test.input[1] * (isEnlarged ? 2 : 1), test.input[2] * (isEnlarged ? 2 : 1))
            let size = test.geometry.outputSize(height: height, width: width, kernelHeight: 3, kernelWidth: 3)
            let inputs = [
                TestInput(test.input), TestInput(test.weight, -0.5, 0.5, isMaster: true, stream: 1),
                TestInput([test.weight[0]], isMaster: true, stream: 2),
                TestInput(try Shape([test.input[0], size.height, size.width, test.weight[0]]), stream: 3),
            ]
            let oracle = try inputs.map { try $0.tensor(.float32, on: referenceDevice()) }
            let image = isEnlarged ? try oracle[0].resized(height: height, width: width, mode: .nearest) : oracle[0]
            let sums = try image.convolution(weight: oracle[1], bias: oracle[2], geometry: test.geometry)
            for activation in [nil, UnaryFunction.silu, .softplus] {
                let expected = try (activation.map { try sums.map($0) } ?? sums) + oracle[3]
                func run(on device: Device, _ dataType: DataType) throws -> Tensor {
                    let x = try inputs.map { try $0.tensor(dataType, on: device) }
                    return try x[0].convolution(
                        weight: x[1], bias: x[2], geometry: test.geometry, isEnlarged: isEnlarged,
                        activation: activation, adding: x[3])
                }
                let what = "\(test), enlarged: \(isEnlarged), \(String(describing: activation))"
                expectClose(try run(on: referenceDevice(), .float32), expected, tolerance: 1e-6, what)
                try forEachBackendPair { backend in
                    let actual = try run(on: cpuDevice(threads: backend.threads), backend.dataType)
                    expectClose(actual, expected, tolerance: backend.tolerance, "\(what) on \(backend)")
                }
            }
        }
    }

    @Test("gradients of what a convolution takes into its passes")
    func fusedGradients() throws {
        for isEnlarged in [false, true] {
            let inputs = [
                TestInput([1, 4, 3, 2]), TestInput([3, 2, 3, 3], -0.5, 0.5, isMaster: true, stream: 1),
                TestInput([3], isMaster: true, stream: 2),
                TestInput(isEnlarged ? [1, 8, 6, 3] : [1, 4, 3, 3], stream: 3),
            ]
            for activation in [nil, UnaryFunction.silu] {
                try check("enlarged: \(isEnlarged), \(String(describing: activation))", at: inputs) {
                    try $0[0].convolution(
                        weight: $0[1], bias: $0[2], geometry: ConvolutionGeometry(padding: 1), isEnlarged: isEnlarged,
                        activation: activation, adding: $0[3])
                }
            }
            try check("residual without bias", at: [inputs[0], inputs[1], inputs[3]]) {
                try $0[0].convolution(
                    weight: $0[1], bias: nil, geometry: ConvolutionGeometry(padding: 1), isEnlarged: isEnlarged,
                    adding: $0[2])
            }
        }
    }

    @Test("transposed convolution", arguments: [0, 1])
    func transposed(_ outputPadding: Int) throws {
        let cases: [(weight: Shape, geometry: ConvolutionGeometry)] = [
            ([6, 3, 4, 4], ConvolutionGeometry(stride: 2, padding: 1)),
            ([6, 2, 3, 3], ConvolutionGeometry(stride: 2, padding: 1, groups: 2)),
        ]
        for (weight, geometry) in cases {
            let inputs = [
                TestInput([2, 3, 5, 6]), TestInput(weight, -0.5, 0.5, isMaster: true, stream: 1),
                TestInput([weight[1] * geometry.groups], isMaster: true, stream: 2),
            ]
            try check("transposed convolution", at: inputs) {
                try $0[0].transposedConvolution(
                    weight: $0[1], bias: $0[2], geometry: geometry, outputPadding: (outputPadding, outputPadding))
            }
        }
    }

    @Test("a changed weight is seen by the next convolution")
    func changedWeight() throws {
        for device in testDevices() {
            let x = try Tensor([1, 2, 3, 4], shape: [1, 2, 2, 1], on: device)
            let weight = try Tensor([2], shape: [1, 1, 1, 1], on: device)
            let geometry = ConvolutionGeometry()
            #expect(try x.convolution(weight: weight, bias: nil, geometry: geometry).doubles == [2, 4, 6, 8])
            try device.backend.accumulate(into: weight, weight)
            weight.forgetPacking()
            #expect(try x.convolution(weight: weight, bias: nil, geometry: geometry).doubles == [4, 8, 12, 16])
        }
    }

    @Test("a changed weight is seen by the next gradient")
    func changedWeightInGradient() throws {
        for device in testDevices() {
            let dy = try Tensor([1, 2, 3], shape: [1, 1, 3, 1], on: device)
            let weight = try Tensor([1, 2, 4], shape: [1, 1, 1, 3], on: device)
            let geometry = ConvolutionGeometry()
            func gradient() throws -> [Double] {
                try device.backend.convolutionInputGradient(
                    dy, weight: weight, geometry: geometry, inputShape: [1, 1, 5, 1]
                ).doubles
            }
            #expect(try gradient() == [1, 4, 11, 14, 12])
            try device.backend.accumulate(into: weight, weight)
            weight.forgetPacking()
            #expect(try gradient() == [2, 8, 22, 28, 24])
        }
    }

    @Test("what does not fit is refused")
    func refusals() throws {
        let device = referenceDevice()
        let x = try Tensor.ones([1, 4, 4, 3], on: device)
        let residuals: [(UnaryFunction?, Shape)] = [(nil, [1, 4, 4, 3]), (.silu, [1, 1, 1, 2])]
        for (activation, residual) in residuals {
            #expect(throws: SGCError.self, "a residual of another shape, recorded") {
                try Tape.run { tape throws(SGCError) in
                    _ = try tape.watch(x).convolution(
                        weight: .ones([2, 3, 3, 3], on: device), bias: nil, geometry: ConvolutionGeometry(padding: 1),
                        activation: activation, adding: .ones(residual, on: device))
                }
            }
        }
        let cases: [(weight: Shape, bias: Shape, geometry: ConvolutionGeometry)] = [
            ([2, 4, 3, 3], [2], ConvolutionGeometry()), ([2, 3, 5, 5], [2], ConvolutionGeometry()),
            ([2, 3, 3, 3], [3], ConvolutionGeometry()), ([2, 3, 3, 3], [2], ConvolutionGeometry(stride: 0)),
            ([2, 3, 3, 3], [2], ConvolutionGeometry(padding: -1)),
            ([3, 1, 3, 3], [3], ConvolutionGeometry(groups: 2)),
        ]
        for (weight, bias, geometry) in cases {
            #expect(throws: SGCError.self, "\(weight) \(geometry)") {
                try x.convolution(weight: .ones(weight, on: device), bias: .ones(bias, on: device), geometry: geometry)
            }
        }
    }
}
