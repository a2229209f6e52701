package import SGCBase
import SGCONNX
package import SGCTensor

/// What a teacher gave for one image.
package struct TeacherAnswer: Sendable {
    /// Class ids `[height, width]` of the image; ``LabelMap/ignore`` where there is none. Empty unless asked for.
    package let labels: [UInt16]
    /// `[rows, columns, channels]`; empty unless asked for.
    package let features: [Float]
}

extension Teacher {
    /// Shows one image to the network.
    ///
    /// - Throws: `.numeric` when the network gave a number that is not finite; as ``labels(_:)`` and ``features(_:)``.
    package func answer(
        to image: PixelSource, wantsLabels: Bool, wantsFeatures: Bool, on device: Device
    ) throws(SGCError) -> TeacherAnswer {
        let pixels = try Tensor.pixels([image], height: image.height, width: image.width, on: device)
        let answer = try self.answer(pixels)
        var labels: [UInt16] = []
        if wantsLabels,
            let result = try self.labels(of: answer, height: image.height, width: image.width, on: device).first
        {
            switch result {
            case .success(let map): labels = map.ids
            case .failure(let error): throw error
            }
        }
        guard wantsFeatures, !isIDs(answer) else { return TeacherAnswer(labels: labels, features: []) }
        let features = try self.features(of: answer, on: device)
        guard features.isFinite.allSatisfy({ $0 }) else { throw notFinite }
        return TeacherAnswer(labels: labels, features: features.values.floats)
    }

    /// Rows, columns and channels of what the network gives for an image of that size; no channels for class ids.
    ///
    /// - Throws: `.state` for a teacher that gives neither labels nor features; as ``features(_:)``.
    package func grid(width: Int, height: Int, on device: Device) throws(SGCError) -> TeacherGrid {
        if let known = knownGrid(width: width, height: height) { return known }
        let answer = try answer(.full([1, height, width, 3], -1, on: device))
        let shape = isIDs(answer) ? answer.value.shape : try features(of: answer, on: device).values.shape
        let grid =
            isIDs(answer)
            ? TeacherGrid(rows: shape[shape.rank - 2], columns: shape[shape.rank - 1], channels: 0)
            : TeacherGrid(rows: shape[1], columns: shape[2], channels: shape[3])
        remember(grid, width: width, height: height)
        return grid
    }
}

/// The extents of what a network gives for an image.
package struct TeacherGrid: Sendable, Equatable {
    package let rows: Int, columns: Int, channels: Int
}
