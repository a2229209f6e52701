package import SGCBase
package import SGCTensor

extension Shape {
    /// `axis` counted from the first axis; negative axes count from the end.
    ///
    /// - Parameter extra: places beyond the last axis that are allowed: 1 where an axis is a place between axes.
    /// - Throws: `.format` when there is no such axis.
    package func axis(_ axis: Int, extra: Int = 0) throws(SGCError) -> Int {
        guard axis >= -rank, axis < rank + extra else {
            throw SGCError(.format, "axis \(axis) is not an axis of the shape \(self)")
        }
        return axis < 0 ? axis + rank : axis
    }

    /// Distinct axes counted from the first, in the order given.
    ///
    /// - Throws: `.format` when there is no such axis, and when one is named twice.
    package func distinctAxes(_ list: [Int]) throws(SGCError) -> [Int] {
        var axes: [Int] = []
        for item in list {
            let axis = try axis(item)
            guard !axes.contains(axis) else { throw SGCError(.format, "axes: \(list) name an axis twice") }
            axes.append(axis)
        }
        return axes
    }

    /// The same, ascending.
    package func axes(_ list: [Int]) throws(SGCError) -> [Int] { try distinctAxes(list).sorted() }

    /// `index` along `axis` counted from the first element; negative ones count from the end.
    ///
    /// - Throws: `.range` when there is no such element.
    package func place(ofIndex index: Int, axis: Int) throws(SGCError) -> Int {
        let extent = self[axis]
        guard index >= -extent, index < extent else {
            throw SGCError(.range, "index \(index) is outside of the \(extent) elements of axis \(axis) of \(self)")
        }
        return index < 0 ? index + extent : index
    }
}
