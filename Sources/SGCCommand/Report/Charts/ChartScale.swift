import Glibc

/// How numbers lie along an axis, and where its ticks are.
struct ChartScale {
    enum Kind {
        case linear
        case logarithmic
    }

    let kind: Kind
    let lower: Double
    let upper: Double
    /// Ascending, within the axis.
    let ticks: [Double]

    /// A linear axis around the values, out to round numbers, with about `tickCount` ticks.
    init(linear values: some Sequence<Double>, tickCount: Int = 5) {
        let range = Self.range(values)
        // One value alone gets room on both sides.
        let margin = range.upper > range.lower ? 0 : max(abs(range.lower) * 0.1, 1e-6)
        let (low, high) = (range.lower - margin, range.upper + margin)
        let step = Self.roundStep((high - low) / Double(max(1, tickCount)))
        let (first, last) = (floor(low / step + 1e-9), ceil(high / step - 1e-9))
        self.init(kind: .linear, lower: first * step, upper: last * step, ticks: Self.multiples(first...last, of: step))
    }

    /// A linear axis from exactly `lower` to exactly `upper`, with ticks at round numbers between.
    init(from lower: Double, to upper: Double, tickCount: Int = 5) {
        let high = upper > lower ? upper : lower + 1
        let step = Self.roundStep((high - lower) / Double(max(1, tickCount)))
        let first = ceil(lower / step - 1e-9)
        let last = max(first, floor(high / step + 1e-9))
        self.init(kind: .linear, lower: lower, upper: high, ticks: Self.multiples(first...last, of: step))
    }

    /// A logarithmic axis around positive values with a tick at each power of ten; at most about eight.
    init(logarithmic values: some Sequence<Double>) {
        let range = Self.range(values.lazy.filter { $0 > 0 })
        let first = floor(log10(max(range.lower, 1e-300)) + 1e-9)
        let last = max(first + 1, ceil(log10(max(range.upper, 1e-300)) - 1e-9))
        let stride = max(1, ceil((last - first) / 8))
        let ticks = Self.multiples(0...floor((last - first) / stride), of: stride).map { pow(10, first + $0) }
        self.init(kind: .logarithmic, lower: pow(10, first), upper: pow(10, last), ticks: ticks)
    }

    private init(kind: Kind, lower: Double, upper: Double, ticks: [Double]) {
        self.kind = kind
        self.lower = lower
        self.upper = upper
        self.ticks = ticks
    }

    /// Where a number lies, 0 at the lower end and 1 at the upper; what lies outside is at the nearer end.
    func share(_ value: Double) -> Double {
        let place: Double
        switch kind {
        case .linear: place = (value - lower) / (upper - lower)
        case .logarithmic: place = value > 0 ? log(value / lower) / log(upper / lower) : 0
        }
        return max(0, min(1, place))
    }

    /// 1, 2 or 5 times a power of ten, at least `step`.
    private static func roundStep(_ step: Double) -> Double {
        guard step > 0, step.isFinite else { return 1 }
        let power = pow(10, floor(log10(step)))
        for factor in [1.0, 2, 5] where factor * power >= step * (1 - 1e-9) { return factor * power }
        return 10 * power
    }

    private static func multiples(_ range: ClosedRange<Double>, of step: Double) -> [Double] {
        // Never many, whatever rounding does with numbers that lie far from 0 and close together.
        Array(stride(from: range.lowerBound, through: range.upperBound, by: 1).lazy.map { $0 * step }.prefix(32))
    }

    private static func range(_ values: some Sequence<Double>) -> (lower: Double, upper: Double) {
        var result: (lower: Double, upper: Double)?
        for value in values where value.isFinite {
            result = (min(result?.lower ?? value, value), max(result?.upper ?? value, value))
        }
        return result ?? (0, 1)
    }
}
