import SGCBase
import Testing

@testable import SGCData

@Suite("The order of examples")
struct SampleOrderTests {
    private func visits(_ order: SampleOrder, _ count: Int) -> [SampleOrder.Visit] {
        var order = order
        return (0..<count).map { _ in order.next() }
    }

    @Test("Every epoch has each example once, in an order of its own")
    func permutations() throws {
        let visits = visits(try SampleOrder(count: 50, random: RandomSource(seed: 1)), 150)
        let epochs = (0..<3).map { epoch in visits[epoch * 50..<epoch * 50 + 50].map(\.index) }
        for epoch in epochs { #expect(epoch.sorted() == Array(0..<50)) }
        #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2] && epochs[0] != Array(0..<50))
        #expect(visits[120].cursor == DataCursor(epoch: 2, position: 20))
    }

    @Test("The seed decides: the same one the same order, another one another")
    func seeds() throws {
        let first = visits(try SampleOrder(count: 20, random: RandomSource(seed: 1)), 60)
        #expect(first == visits(try SampleOrder(count: 20, random: RandomSource(seed: 1)), 60))
        let other = visits(try SampleOrder(count: 20, random: RandomSource(seed: 2)), 60)
        #expect(first.map(\.index) != other.map(\.index))
        // Orders are a promise to those who resume: these never change.
        #expect(first.prefix(8).map(\.index) == [11, 12, 13, 6, 4, 10, 14, 8])
    }

    @Test("Going on from any cursor equals never having stopped, random sources included")
    func resume() throws {
        let whole = visits(try SampleOrder(count: 7, random: RandomSource(seed: 9)), 30)
        for start in 0..<30 {
            let order = try SampleOrder(count: 7, random: RandomSource(seed: 9), from: whole[start].cursor)
            #expect(visits(order, 30 - start) == Array(whole[start...]))
        }
        let end = try SampleOrder(count: 7, random: RandomSource(seed: 9), from: DataCursor(epoch: 0, position: 7))
        #expect(end.cursor == DataCursor(epoch: 1, position: 0))
    }

    @Test("Every visit has a random source of its own")
    func sources() throws {
        let streams = visits(try SampleOrder(count: 40, random: RandomSource(seed: 9)), 120).map(\.random.stream)
        #expect(Set(streams).count == 120)
    }

    @Test("Without shuffling the order is that of the indices")
    func inOrder() throws {
        let order = try SampleOrder(count: 3, random: RandomSource(seed: 9), isShuffled: false)
        #expect(visits(order, 7).map(\.index) == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test("Cursors that cannot be are errors", arguments: [(0, 0, 0), (3, -1, 0), (3, 0, -1), (3, 0, 4)])
    func bad(count: Int, epoch: Int, position: Int) throws {
        let cursor = DataCursor(epoch: epoch, position: position)
        let error = try failure { _ = try SampleOrder(count: count, random: RandomSource(seed: 1), from: cursor) }
        #expect(error.code == .argument)
    }
}
