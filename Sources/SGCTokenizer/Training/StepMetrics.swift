/// The figures of one training step, by name, in a fixed order.
package struct StepMetrics: Sendable {
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let value: Double
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    /// The figure called `name`; `nil` when the step has none.
    package subscript(name: String) -> Double? { entries.first { $0.name == name }?.value }

    mutating func add(_ name: String, _ value: Double) {
        entries.append(Entry(name: name, value: value))
    }

    /// Adds `value`·`share` to the figure called `name`: the mean over the parts of a batch.
    mutating func accumulate(_ name: String, _ value: Double, share: Double) {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            entries[index] = Entry(name: name, value: entries[index].value + value * share)
        } else {
            add(name, value * share)
        }
    }
}
