import SGCBase
import SGCTokenizer
import Testing

@Suite struct TokenGridTests {
    private let ignore = LabelMap.ignore

    @Test("majority labels equal brute force on even, odd, oversized and pixel grids")
    func goldens() throws {
        let even = try MetricsInputs.labelMap(24, 16, 31, 3).labelGrid(rows: 4, columns: 6, factor: 4)
        #expect(even.map { Int($0) } == MetricsGolden.labelGridEven)
        let odd = try MetricsInputs.labelMap(23, 17, 31, 3).labelGrid(rows: 4, columns: 5, factor: 5)
        #expect(odd.map { Int($0) } == MetricsGolden.labelGridOdd)
        let beyond = try MetricsInputs.labelMap(7, 5, 31, 3).labelGrid(rows: 3, columns: 4, factor: 3)
        #expect(beyond.map { Int($0) } == MetricsGolden.labelGridBeyond)
        let pixels = try MetricsInputs.labelMap(5, 4, 31, 3).labelGrid(rows: 4, columns: 5, factor: 1)
        #expect(pixels.map { Int($0) } == MetricsGolden.labelGridPixels)
    }

    @Test("of equally frequent classes the one nearest to the cell's middle wins, then the first in raster order")
    func ties() throws {
        // Four of each: class 7 in the corners, class 2 around the middle pixel, which is ignored.
        let ring = try LabelMap(width: 3, height: 3, ids: [7, 2, 7, 2, ignore, 2, 7, 2, 7])
        #expect(try ring.labelGrid(rows: 1, columns: 1, factor: 3) == [2])
        let equal = try LabelMap(width: 2, height: 2, ids: [9, 1, 1, 9])
        #expect(try equal.labelGrid(rows: 1, columns: 1, factor: 2) == [9])
    }

    @Test("frequency beats nearness, and ignored pixels have no vote however many they are")
    func frequency() throws {
        let corners = try LabelMap(width: 3, height: 3, ids: [7, 7, ignore, ignore, 2, ignore, ignore, ignore, ignore])
        #expect(try corners.labelGrid(rows: 1, columns: 1, factor: 3) == [7])
    }

    @Test("the middle is that of the whole cell where the border cuts it")
    func clippedCell() throws {
        // Columns 0 and 1 of a cell four wide: column 1 is nearer to its middle, column 0 to the clipped part's first.
        let map = try LabelMap(width: 2, height: 1, ids: [4, 5])
        #expect(try map.labelGrid(rows: 1, columns: 1, factor: 4) == [5])
    }

    @Test("a cell without labels, and a cell beyond the border, is ignored")
    func emptyCells() throws {
        let map = try LabelMap(width: 2, height: 2, ids: Array(repeating: ignore, count: 4))
        #expect(try map.labelGrid(rows: 2, columns: 1, factor: 2) == [ignore, ignore])
    }

    @Test("a map that reaches beyond the grid is a mismatch, absurd numbers are arguments")
    func badGrids() throws {
        let map = try LabelMap(width: 5, height: 4, ids: Array(repeating: 0, count: 20))
        let small = #expect(throws: SGCError.self) { try map.labelGrid(rows: 2, columns: 2, factor: 2) }
        #expect(small?.code == .mismatch)
        for factor in [0, -1, Int.max] {
            let error = #expect(throws: SGCError.self) { try map.labelGrid(rows: 2, columns: 3, factor: factor) }
            #expect(error?.code == .argument)
        }
        let covering = try TokenGrid(coveringWidth: 5, height: 4, factor: 2)
        #expect(covering.rows == 2 && covering.columns == 3)
    }
}
