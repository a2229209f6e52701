import SGCBase
import SGCTokenizer
import Testing

/// |a − b| at most 1e-5 relative to the larger of 1 and |b|, or both the same infinity.
func agrees(_ a: Double, _ b: Double) -> Bool {
    a == b || abs(a - b) <= 1e-5 * max(1, abs(b))
}

@Suite struct ImageQualityTests {
    @Test("PSNR, MSE and L1 equal scikit-image, and identical images have infinite PSNR")
    func pixelError() throws {
        for (index, pair) in try MetricsInputs.imagePairs().enumerated() {
            let error = try PixelError(pair.0, pair.1)
            #expect(agrees(error.psnr, MetricsGolden.psnr[index]), "pair \(index): \(error.psnr)")
            #expect(abs(error.meanSquared - MetricsGolden.meanSquared[index]) < 1e-8, "pair \(index)")
            #expect(abs(error.meanAbsolute - MetricsGolden.meanAbsolute[index]) < 1e-7, "pair \(index)")
        }
    }

    @Test("SSIM of every mode equals scikit-image, on odd, smallest, constant and identical images")
    func similarity() throws {
        let goldens: [(StructuralSimilarity, [Double])] = [
            (.gaussian, MetricsGolden.ssimGaussian), (.uniform7, MetricsGolden.ssimUniform7),
            (.uniform11, MetricsGolden.ssimUniform11),
        ]
        for (mode, golden) in goldens {
            for (index, pair) in try MetricsInputs.imagePairs().enumerated() {
                let value = try mode(pair.0, pair.1)
                #expect(agrees(value, golden[index]), "\(mode) of pair \(index): \(value), not \(golden[index])")
                #expect(try mode(pair.1, pair.0) == value)
            }
        }
    }

    @Test("an image smaller than the window is an error that names the sizes")
    func tooSmall() throws {
        let image = try MetricsInputs.flat(10, 20, 3)
        let error = #expect(throws: SGCError.self) { try StructuralSimilarity.gaussian(image, image) }
        #expect(error?.code == .argument)
        #expect(error?.message == "SSIM gaussian: expected sides of at least 11 pixels, got 10x20")
        #expect(try StructuralSimilarity.uniform7(image, image) == 1)
    }

    @Test("images of different shapes, wrong counts and NaN are errors")
    func badImages() throws {
        let a = try MetricsInputs.flat(12, 13, 0)
        let b = try MetricsInputs.flat(13, 12, 0)
        #expect(throws: SGCError.self) { try PixelError(a, b) }
        #expect(throws: SGCError.self) { try StructuralSimilarity.uniform7(a, b) }
        let short = #expect(throws: SGCError.self) {
            try MeasuredImage(width: 2, height: 1, channels: 3, values: [0])
        }
        #expect(short?.code == .argument)
        let nan = #expect(throws: SGCError.self) {
            try MeasuredImage(width: 1, height: 1, channels: 2, values: [0, .nan])
        }
        #expect(nan?.code == .numeric)
        #expect(throws: SGCError.self) { try MeasuredImage(width: 0, height: 1, channels: 3, values: []) }
    }

    @Test("a set's figures are means over images; identical images stay out of the mean PSNR")
    func means() throws {
        let pairs = try MetricsInputs.imagePairs()
        var quality = ReconstructionQuality()
        #expect(quality.psnr == nil && quality.ssim == nil)
        try quality.add(pairs[5].0, pairs[5].1)
        #expect(quality.psnr == .infinity)
        var rest = ReconstructionQuality()
        for pair in pairs.dropLast() { try rest.add(pair.0, pair.1) }
        try quality.merge(rest)
        #expect(quality.imageCount == 6 && quality.identicalCount == 1)
        #expect(agrees(try #require(quality.psnr), MetricsGolden.meanFinitePSNR))
        #expect(agrees(try #require(quality.ssim), MetricsGolden.ssimGaussian.reduce(0, +) / 6))
        #expect(agrees(try #require(quality.meanSquaredError), MetricsGolden.meanSquared.reduce(0, +) / 6))
        #expect(agrees(try #require(quality.meanAbsoluteError), MetricsGolden.meanAbsolute.reduce(0, +) / 6))
        #expect(throws: SGCError.self) { try quality.merge(ReconstructionQuality(similarity: .uniform7)) }
    }

    @Test("a pair that cannot be measured leaves the accumulator as it was")
    func failedAdd() throws {
        var quality = ReconstructionQuality()
        let small = try MetricsInputs.flat(3, 3, 9)
        #expect(throws: SGCError.self) { try quality.add(small, small) }
        #expect(quality == ReconstructionQuality())
    }
}
