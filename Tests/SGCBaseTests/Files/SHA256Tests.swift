import SGCBase
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples and the NIST byte-oriented vectors.
    @Test(
        "known answers",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func knownAnswers(text: String, digest: String) {
        #expect(SHA256.hexDigest(Array(text.utf8)) == digest)
    }

    @Test("a million times a")
    func million() {
        #expect(
            SHA256.hexDigest([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("parts of any size give the digest of the whole")
    func parts() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* $0) }
        let whole = SHA256.hexDigest(bytes)
        for size in [1, 3, 55, 56, 63, 64, 65, 127, 128, 999] {
            var hash = SHA256()
            var rest = bytes[...]
            while !rest.isEmpty {
                hash.update(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(hash.hexDigest() == whole, "parts of \(size)")
        }
    }

    @Test("the processor's instructions and the portable way agree on any number of blocks")
    func portable() {
        for count in [0, 1, 64, 128, 191, 640, 4_097] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 31 &* $0 &+ $0 / 7) }
            var (fast, portable) = (SHA256(), SHA256(usesInstructions: false))
            fast.update(bytes)
            portable.update(bytes)
            #expect(fast.digest() == portable.digest(), "\(count) bytes")
        }
    }
}
