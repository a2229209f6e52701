import CHost

/// The SHA-256 digest of bytes that come one after another (FIPS 180-4).
package struct SHA256 {
    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// Less than a block of bytes that wait for the rest of it.
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0
    private let usesInstructions: Bool

    /// - Parameter usesInstructions: Whether the processor's own instructions are used where there are some.
    package init(usesInstructions: Bool = true) {
        self.usesInstructions = usesInstructions
    }

    package mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var rest = unsafe bytes[...]
        if !pending.isEmpty {
            let missing = unsafe rest.prefix(64 - pending.count)
            unsafe pending.append(contentsOf: missing)
            unsafe rest = rest.dropFirst(missing.count)
            guard pending.count == 64 else { return }
            let block = pending
            unsafe block.withUnsafeBytes { unsafe compress($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = unsafe rest.prefix(rest.count & ~63)
        unsafe compress(UnsafeRawBufferPointer(rebasing: whole))
        unsafe pending.append(contentsOf: rest.dropFirst(whole.count))
    }

    /// The 32 bytes of the digest of everything so far.
    package func digest() -> [UInt8] {
        var last = self
        let bitCount = byteCount &<< 3
        var padding: [UInt8] = [0x80]
        while (pending.count + padding.count) % 64 != 56 { padding.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            padding.append(UInt8(truncatingIfNeeded: bitCount >> shift))
        }
        last.update(padding)
        return (0..<32).map { UInt8(truncatingIfNeeded: last.state[$0 / 4] >> (24 - 8 * UInt32($0 % 4))) }
    }

    /// The digest as 64 lowercase hexadecimal digits.
    package func hexDigest() -> String {
        digest().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The digest of `bytes` as 64 lowercase hexadecimal digits.
    package static func hexDigest(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexDigest()
    }

    /// Takes whole blocks of 64 bytes into the state.
    ///
    /// Invariant of the unsafe reads: `blocks.count` is a multiple of 64, the schedule has 64 words and the constants are
    /// 64, and every index below is under those.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard blocks.count > 0, unsafe !compressByInstructions(blocks) else { return }
        var s = state
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
            unsafe Self.constants.withUnsafeBufferPointer { constants in
                for start in stride(from: 0, to: blocks.count, by: 64) {
                    unsafe Self.expand(UnsafeRawBufferPointer(rebasing: blocks[start..<start &+ 64]), into: schedule)
                    s = unsafe s &+ Self.rounds(s, schedule, constants)
                }
            }
        }
        state = s
    }

    /// As ``compress(_:)``; false, with nothing done, where the processor cannot. The state has eight words.
    private mutating func compressByInstructions(_ blocks: UnsafeRawBufferPointer) -> Bool {
        guard usesInstructions, let start = blocks.baseAddress else { return false }
        return unsafe withUnsafeMutableBytes(of: &state) { state in
            unsafe Self.constants.withUnsafeBufferPointer { constants in
                unsafe chost_sha256(
                    state.assumingMemoryBound(to: UInt32.self).baseAddress, constants.baseAddress,
                    start.assumingMemoryBound(to: UInt8.self), blocks.count / 64)
            }
        }
    }

    /// The message schedule of a block: its 16 big-endian words and the 48 that follow from them.
    @inline(__always)
    private static func expand(_ block: UnsafeRawBufferPointer, into w: UnsafeMutableBufferPointer<UInt32>) {
        for t in 0..<16 {
            unsafe w[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 &* t, as: UInt32.self))
        }
        for t in 16..<64 {
            let a = unsafe w[t &- 15]
            let b = unsafe w[t &- 2]
            let sigma0 = rotated(a, 7) ^ rotated(a, 18) ^ (a &>> 3)
            let sigma1 = rotated(b, 17) ^ rotated(b, 19) ^ (b &>> 10)
            unsafe w[t] = w[t &- 16] &+ sigma0 &+ w[t &- 7] &+ sigma1
        }
    }

    /// The 64 rounds, eight at a time so that the eight working variables trade names instead of moving.
    @inline(__always)
    private static func rounds(
        _ s: SIMD8<UInt32>, _ w: UnsafeMutableBufferPointer<UInt32>, _ k: UnsafeBufferPointer<UInt32>
    ) -> SIMD8<UInt32> {
        var (a, b, c, d) = (s[0], s[1], s[2], s[3])
        var (e, f, g, h) = (s[4], s[5], s[6], s[7])
        for t in stride(from: 0, to: 64, by: 8) {
            unsafe round(a, b, c, &d, e, f, g, &h, w[t] &+ k[t])
            unsafe round(h, a, b, &c, d, e, f, &g, w[t &+ 1] &+ k[t &+ 1])
            unsafe round(g, h, a, &b, c, d, e, &f, w[t &+ 2] &+ k[t &+ 2])
            unsafe round(f, g, h, &a, b, c, d, &e, w[t &+ 3] &+ k[t &+ 3])
            unsafe round(e, f, g, &h, a, b, c, &d, w[t &+ 4] &+ k[t &+ 4])
            unsafe round(d, e, f, &g, h, a, b, &c, w[t &+ 5] &+ k[t &+ 5])
            unsafe round(c, d, e, &f, g, h, a, &b, w[t &+ 6] &+ k[t &+ 6])
            unsafe round(b, c, d, &e, f, g, h, &a, w[t &+ 7] &+ k[t &+ 7])
        }
        return [a, b, c, d, e, f, g, h]
    }

    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32,
        _ h: inout UInt32, _ word: UInt32
    ) {
        let sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        let first = h &+ sum1 &+ (g ^ (e & (f ^ g))) &+ word
        d = d &+ first
        h = first &+ sum0 &+ ((a & b) | (c & (a | b)))
    }

    @inline(__always)
    private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value &>> count | value &<< (32 &- count)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
