import Glibc

/// Numbers as text, for pictures and people.
enum Numerals {
    /// A coordinate with at most two digits after the point; 0 for what is not finite, with which nothing would be drawn.
    static func coordinate(_ value: Double) -> String {
        let hundredths = (value * 100).rounded()
        guard abs(hundredths) < 1e15 else { return "0" }
        let whole = Int(hundredths)
        let rest = abs(whole % 100)
        let sign = whole < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(abs(whole) / 100)" }
        let fraction = rest % 10 == 0 ? "\(rest / 10)" : rest < 10 ? "0\(rest)" : "\(rest)"
        return "\(sign)\(abs(whole) / 100).\(fraction)"
    }

    /// `value` with a fixed number of digits (0...9) after the point, and thousands apart; `–` for what is not finite.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        let digits = max(0, min(9, digits))
        let scale = pow(10, Double(digits))
        let scaled = (abs(value) * scale).rounded()
        guard value.isFinite else { return value.isNaN ? "–" : value > 0 ? "∞" : "−∞" }
        guard scaled < 1e18 else { return scientific(value) }
        let (whole, fraction) = Int(scaled).quotientAndRemainder(dividingBy: Int(scale))
        let sign = value < 0 && scaled > 0 ? "−" : ""
        guard digits > 0 else { return sign + grouped(whole) }
        let text = String(fraction)
        return "\(sign)\(grouped(whole)).\(String(repeating: "0", count: digits - text.utf8.count))\(text)"
    }

    /// `value` with about four digits that count: 12,345 or 0.0123 or 1.2e−5.
    static func significant(_ value: Double) -> String {
        let size = abs(value)
        if size == 0 || !value.isFinite { return fixed(value, 0) }
        if size < 1e-3 || size >= 1e9 { return scientific(value) }
        if value.rounded() == value { return fixed(value, 0) }
        return trimmed(value, digits: max(0, min(5, 3 - Int(floor(log10(size))))))
    }

    /// A share in 0...1 as a percentage; only a full share is 100 %, and only none is 0 %.
    static func percentage(_ share: Double) -> String {
        let percent = share * 100
        if percent > 0, percent < 0.1 { return "<0.1 %" }
        if percent > 99.9, percent < 100 { return ">99.9 %" }
        return fixed(percent, percent == 0 || percent == 100 ? 0 : 1) + " %"
    }

    /// A number at an axis, short: 0.05, 250, 10k, 2.5M.
    static func tick(_ value: Double) -> String {
        let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")]
        for (size, unit) in units where abs(value) >= 10 * size || (abs(value) >= size && isShort(value / size)) {
            return trimmed(value / size) + unit
        }
        return abs(value) > 0 && abs(value) < 1e-3 ? scientific(value) : trimmed(value)
    }

    private static func isShort(_ value: Double) -> Bool { abs((value * 10).rounded() - value * 10) < 1e-6 }

    /// Up to `digits` digits after the point, without zeros at the end.
    private static func trimmed(_ value: Double, digits: Int = 4) -> String {
        var text = fixed(value, digits)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func scientific(_ value: Double) -> String {
        let exponent = Int(floor(log10(abs(value))))
        let mantissa = trimmed((value / pow(10, Double(exponent)) * 10).rounded() / 10)
        return "\(mantissa)e\(exponent < 0 ? "−" : "")\(abs(exponent))"
    }

    private static func grouped(_ whole: Int) -> String {
        var text = String(whole)
        var place = text.utf8.count - 3
        while place > 0 {
            text.insert(",", at: text.index(text.startIndex, offsetBy: place))
            place -= 3
        }
        return text
    }
}
