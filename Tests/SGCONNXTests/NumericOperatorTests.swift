import Glibc
import SGCBase
import SGCTensor
import Testing

@testable import SGCONNX

/// Numeric operators against the reference evaluator of the onnx package, wherever their inputs lie.
@Suite struct NumericOperatorTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Golden/onnx"

    @Test("single nodes agree with the reference evaluator", arguments: OperatorCase.Placement.allCases)
    func golden(_ placement: OperatorCase.Placement) throws {
        var path = Self.folder + "/numeric.json"
        if let other = unsafe getenv("SGC_CASES") { path = unsafe String(cString: other) }
        let device = Device(backend: CPUBackend(), threads: 2)
        let cases = try OperatorCase.read(path)
        for item in cases {
            do {
                let results = try item.run(placement, on: device)
                if let difference = try item.difference(results) {
                    Issue.record("\(item.name): \(difference.prefix(300))")
                }
            } catch let error as SGCError {
                Issue.record("\(item.name): \(error.message)")
            }
        }
    }
}
