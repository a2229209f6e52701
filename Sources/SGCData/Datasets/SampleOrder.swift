package import SGCBase

/// A place in the order of a training: what a checkpoint keeps of the data.
package struct DataCursor: Sendable, Equatable {
    /// How often all examples were used.
    package var epoch: Int
    /// How many examples of this epoch were used.
    package var position: Int

    package init(epoch: Int = 0, position: Int = 0) {
        self.epoch = epoch
        self.position = position
    }
}

/// The endless order in which a training sees its examples: each once per epoch.
///
/// It depends on the seed, the number of examples and the cursor, and on nothing that happened before, so it goes on
/// from a saved cursor as if it had never stopped.
package struct SampleOrder: Sendable {
    /// One example to use.
    package struct Visit: Sendable, Equatable {
        /// Which example, in 0..<count.
        package let index: Int
        /// Where in the order.
        package let cursor: DataCursor
        /// What its crop, flip and the like are drawn from.
        package let random: RandomSource
    }

    /// The number of examples.
    package let count: Int
    /// The place of the next visit; its position is below ``count``.
    package private(set) var cursor: DataCursor
    private let random: RandomSource
    private let isShuffled: Bool
    /// The order of the cursor's epoch.
    private var permutation: [Int]

    /// - Parameters:
    ///   - random: the source of all orders; nothing is drawn from it.
    ///   - isShuffled: whether every epoch has its own random order; else it is that of the indices.
    /// - Throws: `.argument` when `count` is below 1 or the cursor is not one of `count` examples.
    package init(
        count: Int, random: RandomSource, isShuffled: Bool = true, from cursor: DataCursor = DataCursor()
    ) throws(SGCError) {
        guard count > 0 else { throw SGCError(.argument, "data order: expected at least 1 example, got \(count)") }
        guard cursor.epoch >= 0, cursor.position >= 0, cursor.position <= count else {
            throw SGCError(
                .argument,
                "data order: expected a cursor within \(count) examples, got epoch \(cursor.epoch), position \(cursor.position)"
            )
        }
        self.count = count
        self.random = random
        self.isShuffled = isShuffled
        self.cursor = cursor
        permutation = []
        wrap()
        permutation = order(of: self.cursor.epoch)
    }

    /// The next example; the cursor moves on.
    package mutating func next() -> Visit {
        let visit = Visit(
            index: permutation[cursor.position], cursor: cursor,
            random: source(of: cursor.epoch).split(UInt64(cursor.position) + 1))
        cursor.position += 1
        if wrap() { permutation = order(of: cursor.epoch) }
        return visit
    }

    /// Moves a cursor at the end of an epoch to the beginning of the next.
    @discardableResult
    private mutating func wrap() -> Bool {
        guard cursor.position == count else { return false }
        cursor = DataCursor(epoch: cursor.epoch &+ 1, position: 0)
        return true
    }

    private func source(of epoch: Int) -> RandomSource { random.split(UInt64(bitPattern: Int64(epoch))) }

    private func order(of epoch: Int) -> [Int] {
        guard isShuffled else { return Array(0..<count) }
        // Label 0 of an epoch is its order, 1 and on are its examples.
        var source = source(of: epoch).split(0)
        return source.permutation(count)
    }
}
