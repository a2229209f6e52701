package import SGCBase
package import SGCTensor

extension Shape {
    /// `axis` counted from the first axis; negative axes count from the end.
    ///
    /// - Parameter extra: axes beyond the last that are allowed: 1 where an axis is a place between axes.
    /// - Throws: `.format` when there is no such axis.
    package func place(ofAxis axis: Int, extra: Int = 0) throws(SGCError) -> Int {
        guard axis >= -rank, axis < rank + extra else {
            throw SGCError(.format, "axis \(axis) is outside of \(self)")
        }
        return axis < 0 ? axis + rank : axis
    }

    /// The same for several axes, in the order given.
    ///
    /// - Throws: `.format` when there is no such axis, and when one is named twice.
    package func places(ofAxes axes: [Int]) throws(SGCError) -> [Int] {
        var places: [Int] = []
        for axis in axes {
            let place = try place(ofAxis: axis)
            guard !places.contains(place) else {
                throw SGCError(.format, "axes \(axes) of \(self) name an axis twice")
            }
            places.append(place)
        }
        return places
    }

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
