import Glibc

/// A reproducible stream of random numbers: Philox 4x32 with 10 rounds.
///
/// Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. The state is a key and a counter, so a stream
/// can be saved, resumed, and split into independent streams without drawing from it. The same seed gives the same bits
/// on every machine and for every thread count. Randomness is always a parameter; the library has no global seed.
package struct RandomSource: Sendable, Equatable, RandomNumberGenerator {
    /// The 64-bit seed.
    package let seed: UInt64
    /// The stream of that seed: streams of one seed are independent.
    package let stream: UInt64
    /// How many 32-bit words were drawn so far. Set it to jump.
    package var position: UInt64

    private var block: SIMD4<UInt32> = .zero
    private var blockIndex: UInt64 = .max

    package init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
        self.position = position
    }

    package static func == (a: RandomSource, b: RandomSource) -> Bool {
        a.seed == b.seed && a.stream == b.stream && a.position == b.position
    }

    /// An independent source for the part of a program that `label` names; nothing is drawn from this one.
    package func split(_ label: UInt64) -> RandomSource {
        let mixed = Self.rounds(
            counter: [UInt32(truncatingIfNeeded: label), UInt32(truncatingIfNeeded: label >> 32), 0x5347_4321, 1],
            key: [UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)])
        return RandomSource(seed: seed, stream: UInt64(mixed[0]) | UInt64(mixed[1]) << 32)
    }

    /// The next 32 random bits.
    package mutating func nextWord() -> UInt32 {
        let index = position >> 2
        if index != blockIndex {
            block = Self.rounds(
                counter: [
                    UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
                    UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32),
                ],
                key: [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)])
            blockIndex = index
        }
        let word = block[Int(position & 3)]
        position &+= 1
        return word
    }

    package mutating func next() -> UInt64 {
        let low = UInt64(nextWord())
        return low | UInt64(nextWord()) << 32
    }

    /// A uniform number in [0, 1), a multiple of 2⁻²⁴.
    package mutating func uniform() -> Float {
        Float(nextWord() >> 8) * 0x1p-24
    }

    /// A uniform number in [`low`, `high`).
    package mutating func uniform(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * uniform()
    }

    /// A uniform integer in 0..<`bound` (multiply-shift; the bias is below bound · 2⁻⁶⁴); 0 when `bound` < 1.
    package mutating func integer(below bound: Int) -> Int {
        guard bound > 0 else { return 0 }
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A standard normal number (Box-Muller, one of the pair; two words per number).
    package mutating func normal() -> Float {
        let radius = (-2 * log(Double(nextWord() >> 8) * 0x1p-24 + 0x1p-25)).squareRoot()
        return Float(radius * cos(2 * Double.pi * (Double(nextWord() >> 8) * 0x1p-24)))
    }

    /// A random permutation of 0..<`count` (Fisher-Yates).
    package mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<max(0, count))
        for i in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(i, integer(below: i + 1))
        }
        return order
    }

    /// Ten Philox rounds on one counter block.
    private static func rounds(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var c = counter
        var k = key
        for _ in 0..<10 {
            let first = UInt64(c[0]) &* 0xD251_1F53
            let second = UInt64(c[2]) &* 0xCD9E_8D57
            c = [
                UInt32(truncatingIfNeeded: second >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: first),
            ]
            k[0] = k[0] &+ 0x9E37_79B9
            k[1] = k[1] &+ 0xBB67_AE85
        }
        return c
    }
}
