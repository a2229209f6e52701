import SGCBase
import Testing

@Suite struct RandomSourceTests {
    /// Known-answer vector of Philox 4x32-10 from the authors' Random123 distribution (counter and key all zero).
    @Test("Philox 4x32-10 matches the authors' known answer")
    func knownAnswer() {
        var random = RandomSource(seed: 0)
        #expect(
            [random.nextWord(), random.nextWord(), random.nextWord(), random.nextWord()]
                == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    }

    @Test("a saved position resumes the stream")
    func resume() {
        var a = RandomSource(seed: 7, stream: 3)
        for _ in 0..<13 { _ = a.nextWord() }
        var b = RandomSource(seed: 7, stream: 3, position: a.position)
        #expect((0..<9).map { _ in a.nextWord() } == (0..<9).map { _ in b.nextWord() })
    }

    @Test("moments of the uniform and the normal distribution")
    func moments() {
        var random = RandomSource(seed: 42)
        let n = 20_000
        let u = (0..<n).map { _ in Double(random.uniform()) }
        let g = (0..<n).map { _ in Double(random.normal()) }
        #expect(abs(u.reduce(0, +) / Double(n) - 0.5) < 0.01)
        #expect(abs(g.reduce(0, +) / Double(n)) < 0.03)
        #expect(abs(g.map { $0 * $0 }.reduce(0, +) / Double(n) - 1) < 0.04)
    }

    @Test("split streams differ, and splitting draws nothing")
    func split() {
        let a = RandomSource(seed: 1)
        var x = a.split(1)
        var y = a.split(2)
        #expect(x.nextWord() != y.nextWord())
        #expect(a.position == 0)
    }
}
