import SGCTensor
import SGCTestSupport
import Testing

/// Expects two tensors of one shape whose values agree; see `difference` of SGCTestSupport.
func expectClose(
    _ actual: Tensor, _ expected: Tensor, tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.shape == expected.shape, "\(what): shapes", sourceLocation: sourceLocation)
    expectClose(actual.doubles, expected.doubles, tolerance: tolerance, what, sourceLocation: sourceLocation)
}

/// The same for plain numbers.
func expectClose(
    _ actual: [Double], _ expected: [Double], tolerance: Double, _ what: String = "values",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    if let difference = difference(actual, expected, tolerance: tolerance, what) {
        Issue.record("\(difference)", sourceLocation: sourceLocation)
    }
}
