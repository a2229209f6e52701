import SGCBase
import SGCTokenizer
import Testing

@Suite struct TemporalAgreementTests {
    private let ignore = LabelMap.ignore

    /// The case `temporal` of make_metrics_golden.py.
    private func gathered() throws -> TemporalAgreement {
        let (width, height) = (22, 13)
        let scramble = MetricsInputs.scramble
        let flow = (0..<width * height).map { i in
            let (x, y) = (i % width, i / width)
            let (tx, ty) = (x + 2 + scramble(i, 41) % 3, y + scramble(i, 42) % 2)
            let hidden = scramble(i, 43) % 4 == 0 || (x < 4 && y < 4)
            return tx < width && ty < height && !hidden ? Int32(ty * width + tx) : -1
        }
        let first = (0..<24).map { Int32(scramble($0, 44) % 6) }
        let next = (0..<24).map { scramble($0, 46) % 3 == 0 ? Int32(scramble($0, 45) % 6) : first[max($0 - 1, 0)] }
        let table = [0, 1, 0, ignore, 1, 2]
        let labels = (0..<24).map { i in
            if scramble(i, 52) % 4 != 0 { return table[Int(first[i])] }
            return scramble(i, 47) % 5 == 0 ? ignore : UInt16(scramble(i, 48) % 3)
        }
        let nextLabels = (0..<24).map { scramble($0, 49) % 5 == 0 ? ignore : labels[max($0 - scramble($0, 50) % 2, 0)] }
        var agreement = try TemporalAgreement(codeClasses: table, classCount: 3)
        try agreement.add(
            codes: first, nextCodes: next, labels: labels, nextLabels: nextLabels, correspondence: flow, width: width,
            height: height, factor: 4)
        return agreement
    }

    @Test("agreement in total and per class equals brute force on an odd-sized frame")
    func golden() throws {
        let agreement = try gathered()
        let tallies = (agreement.byClass + [agreement.total, agreement.surface]).flatMap {
            [$0.matched, $0.sameCode, $0.sameClass, $0.rightClass]
        }
        #expect(tallies == MetricsGolden.temporalTallies)
        #expect(agreement.total.codeAgreement == 14.0 / 18)
        #expect(agreement.byClass[0].classAgreement == 5.0 / 7)
    }

    @Test("a shift by one cell is followed, hidden cells do not count, a class may agree where the code does not")
    func shift() throws {
        // Four cells of one pixel; everything moves one to the right, and the third is hidden.
        var agreement = try TemporalAgreement(codeClasses: [0, 0, ignore], classCount: 2)
        try agreement.add(
            codes: [0, 1, 2, 2], nextCodes: [2, 0, 0, 2], labels: [0, 1, 1, ignore], nextLabels: [1, 0, 0, 1],
            correspondence: [1, 2, -1, -1], width: 4, height: 1, factor: 1)
        #expect(agreement.total.matched == 2 && agreement.total.sameCode == 1 && agreement.total.sameClass == 2)
        // The first cell shows class 0 in both frames, and its codes mean it; the second changes from 1 to 0.
        #expect(agreement.surface.matched == 1 && agreement.surface.rightAgreement == 1)
        #expect(agreement.total.rightClass == 1)
        #expect(agreement.byClass[0].codeAgreement == 1)
        #expect(agreement.byClass[1].codeAgreement == 0)
        #expect(agreement.byClass[1].classAgreement == 1)
    }

    @Test("a code without a class agrees with itself only")
    func withoutClass() throws {
        var agreement = try TemporalAgreement(codeClasses: [ignore, ignore], classCount: 0)
        try agreement.add(
            codes: [0, 0], nextCodes: [0, 1], labels: [ignore, ignore], nextLabels: [ignore, ignore],
            correspondence: [0, 1], width: 2, height: 1, factor: 1)
        #expect(agreement.total.classAgreement == 0.5 && agreement.total.rightClass == 0)
        #expect(agreement.surface.classAgreement == nil)
    }

    @Test("merging adds, and nothing matched is nil")
    func merge() throws {
        let single = try gathered()
        var double = single
        try double.merge(single)
        #expect(double.total.matched == 2 * single.total.matched)
        #expect(double.total.codeAgreement == single.total.codeAgreement)
        #expect(double.byClass[2].sameClass == 2 * single.byClass[2].sameClass)
        #expect(double.surface.rightClass == 2 * single.surface.rightClass)
        let empty = try TemporalAgreement(codeClasses: [0], classCount: 1)
        #expect(empty.total.codeAgreement == nil && empty.byClass[0].classAgreement == nil)
        #expect(throws: SGCError.self) { try double.merge(empty) }
    }

    @Test("codes, classes, pixel indices and counts that do not fit add nothing")
    func badInput() throws {
        let empty = try TemporalAgreement(codeClasses: [0, 1], classCount: 2)
        var agreement = empty
        func code(
            _ codes: [Int32], _ labels: [UInt16], _ flow: [Int32], next: [UInt16] = [0, 0], factor: Int = 1
        ) -> SGCError.Code? {
            #expect(throws: SGCError.self) {
                try agreement.add(
                    codes: codes, nextCodes: [0, 1], labels: labels, nextLabels: next, correspondence: flow, width: 2,
                    height: 1, factor: factor)
            }?.code
        }
        #expect(code([0, 2], [0, 0], [0, 1]) == .range)
        #expect(code([0, -1], [0, 0], [0, 1]) == .range)
        #expect(code([0, 1], [0, 2], [0, 1]) == .range)
        #expect(code([0, 1], [0, 0], [0, 2]) == .range)
        #expect(code([0, 1], [0, 0], [0, -2]) == .range)
        #expect(code([0, 1], [0, 0], [0, 1], next: [0, 2]) == .range)
        #expect(code([0, 1], [0, 0], [0, 1], next: [0]) == .mismatch)
        #expect(code([0], [0, 0], [0, 1]) == .mismatch)
        #expect(code([0, 1], [0, 0], [0]) == .mismatch)
        #expect(code([0, 1], [0, 0], [0, 1], factor: 0) == .argument)
        #expect(agreement == empty)
        #expect(throws: SGCError.self) { try TemporalAgreement(codeClasses: [], classCount: 2) }
        #expect(throws: SGCError.self) { try TemporalAgreement(codeClasses: [2], classCount: 2) }
    }
}
