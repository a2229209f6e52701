/// Compares numbers with expected ones: |a − e| ≤ tolerance · (|e| + the largest finite |e|), or both NaN or the same
/// infinity.
///
/// Where every expected value is small, 0.01 takes the place of the largest: a zero that is a difference of numbers near
/// 1 carries their rounding.
///
/// - Returns: what differs, for a person; `nil` when all agree.
package func difference(
    _ actual: [Double], _ expected: [Double], tolerance: Double, _ what: String = "values"
) -> String? {
    guard actual.count == expected.count else {
        return "\(what): \(actual.count) values, expected \(expected.count)"
    }
    let scale = expected.reduce(0.01) { $1.isFinite ? max($0, abs($1)) : $0 }
    var first: Int?
    var worst = 0.0
    for (i, (a, e)) in zip(actual, expected).enumerated() {
        if a == e || (a.isNaN && e.isNaN) { continue }
        let difference = abs(a - e)
        if difference <= tolerance * (abs(e) + scale) { continue }
        if first == nil { first = i }
        worst = difference.isNaN ? .infinity : max(worst, difference)
    }
    guard let first else { return nil }
    return "\(what): element \(first) is \(actual[first]), expected \(expected[first]); largest difference \(worst)"
}
