package import SGCBase
import SGCONNX
package import SGCTensor

extension Teacher {
    /// How many classes a segmentation teacher tells apart; 0 when neither description nor graph say.
    package var classCount: Int {
        guard description.kind == .segmentation else { return 0 }
        if !description.classes.isEmpty { return description.classes.count }
        let output = loaded.model.graph.outputs.first { $0.name == description.output }
        if let shape = output?.shape, shape.count == 4, output?.type.isReal ?? false, case .fixed(let count) = shape[1]
        {
            return count
        }
        return 0
    }

    /// The classes of a segmentation teacher, with made-up names where it has none.
    package var classes: [SemanticClass] {
        let named = description.semanticClasses
        guard named.isEmpty else { return named }
        let count = classCount
        return zip(0..<count, defaultPalette(count)).map { SemanticClass(name: "class \($0)", color: $1) }
    }

    /// The classes of the pixels of each image, at the images' size.
    ///
    /// Scores at another stride are interpolated before the best class is taken, as SegFormer's own evaluation does;
    /// class ids are not.
    /// - Parameter pixels: `[N, H, W, 3]` in −1...1.
    /// - Returns: for each image its map, or `.numeric` when the network gave something that is not finite, `.range` for
    ///   an id without class.
    /// - Throws: `.state` for a teacher of another kind; `.mismatch` for an output that is no segmentation; what the
    ///   operators throw.
    package func labels(_ pixels: Tensor) throws(SGCError) -> [Result<LabelMap, SGCError>] {
        try labels(of: answer(pixels), height: pixels.shape[1], width: pixels.shape[2], on: pixels.device)
    }

    /// The classes that an answer means, at the size of the images.
    func labels(
        of answer: Answer, height: Int, width: Int, on device: Device
    ) throws(SGCError) -> [Result<LabelMap, SGCError>] {
        guard description.kind == .segmentation else {
            throw SGCError(.state, "teacher: expected one of kind segmentation, got \(description.kind.rawValue)")
        }
        let shape = answer.value.shape
        if !isIDs(answer) {
            let classes = description.classes.count
            guard shape.rank == 4, classes == 0 || shape[1] == classes, shape[1] > 0, shape[1] < Int(LabelMap.ignore),
                shape[2] > 0,
                shape[3] > 0
            else {
                throw SGCError(
                    .mismatch,
                    "teacher: expected scores [N, C, h, w] of \(classes == 0 ? "some" : "\(classes)") classes, got \(shape)"
                )
            }
            let scores = try answer.value.tensor(on: device).channelsLast().cast(to: .float32)
            return try perImage(scores.shape[0]) { (index) throws(SGCError) in
                let part = try scores.sliced(axis: 0, index..<index + 1)
                let map = ScoreMap(part.floats, rows: shape[2], columns: shape[3], classes: shape[1])
                return try map.labels(height: height, width: width)
            }
        }
        guard shape.rank == 3 || (shape.rank == 4 && shape[1] == 1), shape.count > 0 else {
            throw SGCError(
                .mismatch, "teacher: expected class ids [N, h, w] or scores [N, C, h, w], got \(shape)")
        }
        let ids = try answer.value.array()
        if ids.type.isReal, !ids.reals.allSatisfy(\.isFinite) { throw notFinite }
        let all = ids.integers
        let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
        return try perImage(shape[0]) { (index) throws(SGCError) in
            let part = all[index * rows * columns..<(index + 1) * rows * columns]
            return try labels(ids: Array(part), rows: rows, columns: columns, height: height, width: width)
        }
    }

    /// Whether the network took the best class itself.
    func isIDs(_ answer: Answer) -> Bool {
        description.kind == .segmentation && (answer.value.type.isInteger || answer.value.shape.rank == 3)
    }

    /// Class ids at another size: each pixel takes that of the nearest cell.
    private func labels(
        ids: [Int64], rows: Int, columns: Int, height: Int, width: Int
    ) throws(SGCError) -> LabelMap {
        let limit = description.classes.isEmpty ? Int64(LabelMap.ignore) : Int64(description.classes.count)
        let known = try ids.map { (id) throws(SGCError) -> UInt16 in
            if id < 0 || id == Int64(description.ignoredID) { return LabelMap.ignore }
            guard id < limit else {
                throw SGCError(.range, "teacher: expected class ids below \(limit), the network gave \(id)")
            }
            return UInt16(id)
        }
        var result = [UInt16](repeating: LabelMap.ignore, count: height * width)
        for y in 0..<height {
            let row = (2 * y + 1) * rows / (2 * height) * columns
            for x in 0..<width { result[y * width + x] = known[row + (2 * x + 1) * columns / (2 * width)] }
        }
        return try LabelMap(width: width, height: height, ids: result)
    }

    /// Collects what `body` gives for each image; an image whose numbers are bad does not spoil the others.
    private func perImage(
        _ count: Int, _ body: (Int) throws(SGCError) -> LabelMap
    ) throws(SGCError) -> [Result<LabelMap, SGCError>] {
        var results: [Result<LabelMap, SGCError>] = []
        for index in 0..<count {
            do throws(SGCError) {
                results.append(.success(try body(index)))
            } catch {
                guard error.code == .numeric || error.code == .range else { throw error }
                results.append(.failure(error))
            }
        }
        return results
    }

    /// What a network's NaN or infinity is.
    var notFinite: SGCError {
        SGCError(.numeric, "teacher: expected finite numbers, the network gave others for this image")
    }
}

/// Scores of classes on a grid, to be had at another size.
struct ScoreMap {
    private let scores: [Float]
    private let rows: Int, columns: Int, classes: Int

    /// - Parameter scores: `[rows, columns, classes]`.
    init(_ scores: [Float], rows: Int, columns: Int, classes: Int) {
        (self.scores, self.rows, self.columns, self.classes) = (scores, rows, columns, classes)
    }

    /// The best class of each pixel (the first among equals) after bilinear interpolation with pixels as squares.
    ///
    /// Where all four neighbours agree about the best class, so does any mean of theirs: only borders are computed.
    /// - Throws: `.numeric` for a score that is not finite.
    func labels(height: Int, width: Int) throws(SGCError) -> LabelMap {
        var best = [Int](repeating: 0, count: rows * columns)
        for cell in best.indices {
            let start = cell * classes
            var sum: Float = 0
            for c in 0..<classes {
                sum += scores[start + c] * 0
                if scores[start + c] > scores[start + best[cell]] { best[cell] = c }
            }
            guard sum == 0 else {
                throw SGCError(.numeric, "teacher: expected finite scores, the network gave others for this image")
            }
        }
        let across = (0..<width).map { Self.position($0, of: width, in: columns) }
        var ids = [UInt16](repeating: 0, count: height * width)
        for y in 0..<height {
            let (top, bottom, down) = Self.position(y, of: height, in: rows)
            for x in 0..<width {
                let (left, right, along) = across[x]
                let corners = (
                    top * columns + left, top * columns + right, bottom * columns + left, bottom * columns + right
                )
                var winner = best[corners.0]
                if best[corners.1] != winner || best[corners.2] != winner || best[corners.3] != winner {
                    winner = mixed(corners, down: down, along: along)
                }
                ids[y * width + x] = UInt16(clamping: winner)
            }
        }
        return try LabelMap(width: width, height: height, ids: ids)
    }

    /// The best class of the mean of four cells.
    private func mixed(_ corners: (Int, Int, Int, Int), down: Float, along: Float) -> Int {
        var (winner, largest) = (0, -Float.infinity)
        for c in 0..<classes {
            let upper = scores[corners.0 * classes + c] * (1 - along) + scores[corners.1 * classes + c] * along
            let lower = scores[corners.2 * classes + c] * (1 - along) + scores[corners.3 * classes + c] * along
            let score = upper * (1 - down) + lower * down
            if score > largest { (winner, largest) = (c, score) }
        }
        return winner
    }

    /// The two cells between whose middles a pixel's middle lies, and how far along.
    private static func position(_ pixel: Int, of size: Int, in cells: Int) -> (Int, Int, Float) {
        let place = max(0, (Float(pixel) + 0.5) * Float(cells) / Float(size) - 0.5)
        let first = min(cells - 1, Int(place))
        return (first, min(cells - 1, first + 1), place - Float(first))
    }
}
