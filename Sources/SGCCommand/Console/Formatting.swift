import Glibc
import SGCBase

/// `value` with a fixed number of digits after the point; `-` for what is not finite.
func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return value == .infinity ? "inf" : "-" }
    let scale = pow(10.0, Double(digits))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e18 else { return value.description }
    let whole = Int(scaled)
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return sign + String(whole) }
    let unit = Int(scale)
    return "\(sign)\(whole / unit).\(padded(whole % unit, digits))"
}

/// `value` with about four digits that count: 0.0123, 1.234, 123.4, 1.2e-05.
func compact(_ value: Double) -> String {
    let size = abs(value)
    if !value.isFinite { return fixed(value, 0) }
    if size != 0, size < 1e-3 {
        let exponent = Int(floor(log10(size)))
        return "\(fixed(value / pow(10, Double(exponent)), 1))e\(exponent)"
    }
    return fixed(value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4)
}

/// `number` with leading zeros.
func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}

/// Seconds as `4:05` or `1:02:03`.
func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
    let total = Int(seconds.rounded())
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return hours > 0 ? "\(hours):\(padded(minutes, 2)):\(padded(total % 60, 2))" : "\(minutes):\(padded(total % 60, 2))"
}

/// A number of bytes as `1.5 GiB`.
func byteText(_ bytes: Double) -> String {
    var (value, unit) = (bytes, 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return "\(fixed(value, unit == 0 ? 0 : 1)) \(units[unit])"
}

/// A count as `67.3 M`.
func countText(_ count: Double) -> String {
    var (value, unit) = (count, 0)
    let units = ["", " k", " M", " G", " T"]
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return "\(fixed(value, unit == 0 ? 0 : 1))\(units[unit])"
}

/// Lines of two columns, the first as wide as its longest entry.
func table(_ rows: [(String, String)]) -> String {
    let width = rows.reduce(0) { max($0, $1.0.count) }
    return rows.map { "\($0.0)\(String(repeating: " ", count: width - $0.0.count + 2))\($0.1)\n" }.joined()
}
