import SGCBase
import SGCTokenizer

/// A color for each code.
struct CodeColors {
    /// `[K]`.
    let colors: [SIMD3<UInt8>]

    /// What has no class.
    static let unknown = SIMD3<UInt8>(128, 128, 128)

    /// The color of each code's class: a little lighter or darker from code to code so that neighbours of one class can be
    /// told apart, and the greyer the less pure the code is.
    init(classesOf semantics: CodeSemantics, codebookSize: Int) {
        colors = (0..<codebookSize).map { code in
            let item = Int(semantics.majorityClass(of: code))
            let base = semantics.classes.indices.contains(item) ? semantics.classes[item].color : Self.unknown
            // Steps of the golden ratio spread consecutive codes evenly.
            let spread = (Float(code) * 0.618_034).truncatingRemainder(dividingBy: 1) * 2 - 1
            let doubt = item < 0 ? 0 : 1 - semantics.purity(of: code)
            let mixed = Self.mix(base, Self.unknown, 0.7 * doubt)
            return Self.mix(mixed, SIMD3(repeating: spread < 0 ? 0 : 255), 0.2 * abs(spread))
        }
    }

    /// Codes that mean alike look alike: the three directions in which the entries vary most become red, green and blue
    /// (SGC-VQGAN, Figure 3).
    ///
    /// - Parameter isUsed: the codes that decide about the directions, `[K]`.
    /// - Throws: `.numeric` when the codebook is not finite.
    init(principalComponentsOf codebook: ReportCodebook, isUsed: [Bool]) throws(SGCError) {
        let channels = codebook.semanticChannels
        let rows = codebook.rows(channels, of: 0..<codebook.size)
        let fitted = codebook.rows(channels, of: isUsed.indices.filter { isUsed[$0] && $0 < codebook.size })
        let components = try PrincipalComponents(
            of: fitted.isEmpty ? rows : fitted, dimension: channels.count, count: 3)
        let known = components.projected(fitted.isEmpty ? rows : fitted)
        let places = components.projected(rows)
        let ranges = (0..<3).map { axis in
            Self.middleRange(stride(from: axis, to: known.count, by: 3).map { known[$0] })
        }
        colors = (0..<codebook.size).map { code in
            var color = SIMD3<UInt8>()
            for axis in 0..<3 {
                let (low, high) = ranges[axis]
                let share = high > low ? (places[code * 3 + axis] - low) / (high - low) : 0.5
                color[axis] = UInt8((20 + 225 * max(0, min(1, share))).rounded())
            }
            return color
        }
    }

    subscript(code: Int) -> SIMD3<UInt8> { colors.indices.contains(code) ? colors[code] : Self.unknown }

    /// From the second to the 98th percentile: single outliers do not take the contrast from all others.
    private static func middleRange(_ values: [Double]) -> (low: Double, high: Double) {
        let sorted = values.sorted()
        guard let last = sorted.indices.last else { return (0, 0) }
        let edge = last / 50
        return (sorted[edge], sorted[last - edge])
    }

    private static func mix(_ a: SIMD3<UInt8>, _ b: SIMD3<UInt8>, _ share: Float) -> SIMD3<UInt8> {
        var result = SIMD3<UInt8>()
        for channel in 0..<3 {
            result[channel] = UInt8((Float(a[channel]) * (1 - share) + Float(b[channel]) * share).rounded())
        }
        return result
    }
}
