/// Text as HTML and SVG take it.
enum Markup {
    /// `text` as content or as an attribute's value: marks of markup become entities, and characters that XML 1.0 forbids
    /// become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A color as `#rrggbb`.
    static func hexadecimal(_ color: SIMD3<UInt8>) -> String {
        var result = "#"
        for channel in 0..<3 {
            let digits = String(color[channel], radix: 16)
            result += digits.utf8.count == 1 ? "0" + digits : digits
        }
        return result
    }
}
