package import SGCBase

/// The first views of a set of built-in scenes, as examples with class ids.
package struct SceneDataset: Dataset {
    package let set: SceneSet
    package let count: Int

    /// - Throws: `.argument` when `count` is below 1.
    package init(_ set: SceneSet, count: Int) throws(SGCError) {
        guard count > 0 else { throw SGCError(.argument, "scenes: expected at least 1 view, got \(count)") }
        self.set = set
        self.count = count
    }

    package func name(at index: Int) -> String { "scene \(set.seed)/\(index)" }

    package func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        let view = try set.sample(index)
        return try Sample(image: view.image, labels: view.labels, name: name(at: index))
    }
}
