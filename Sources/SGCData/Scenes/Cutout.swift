/// Which points of a part are holes.
enum Cutout: Sendable {
    case none
    /// Gaps between leaves; `frequency` in clumps per metre.
    case leaves(frequency: Float, seed: UInt32)
    /// Upright bars `pitch` metres apart under two rails; `half` is half the height.
    case bars(pitch: Float, half: Float)
    /// Crossed wires `pitch` metres apart.
    case mesh(pitch: Float)
    /// A wheel of this radius without its inside, but with spokes.
    case spokes(radius: Float)
    /// The plate's ellipse, triangle (point up), diamond or octagon with these half sides.
    case disc(SIMD2<Float>)
    case triangle(SIMD2<Float>)
    case diamond(SIMD2<Float>)
    case octagon(SIMD2<Float>)

    /// Whether there is no material at a point of the part; `footprint` is the size of a pixel there in metres.
    func isHole(_ p: Vector3, footprint: Float) -> Bool {
        switch self {
        case .none:
            return false
        case .leaves(let frequency, let seed):
            guard footprint * frequency < 0.8 else { return false }
            let x = p.x + 0.7 * p.z
            let y = p.y - 0.5 * p.z
            let coarse = SceneNoise.smooth(x * frequency, y * frequency, seed)
            let fine = SceneNoise.smooth(x * frequency * 2.9, y * frequency * 2.9, seed &+ 1)
            return 0.6 * coarse + 0.4 * fine < 0.33
        case .bars(let pitch, let half):
            if abs(abs(p.y) - 0.7 * half) < 0.04 { return false }
            return fraction(p.x / pitch) > 0.34
        case .mesh(let pitch):
            return fraction((p.x + p.y) / pitch) > 0.2 && fraction((p.x - p.y) / pitch) > 0.2
        case .spokes(let radius):
            let distance = p.x * p.x + p.z * p.z
            guard distance < 0.72 * radius * radius, distance > 0.02 * radius * radius else { return false }
            let near = min(abs(p.x), abs(p.z), abs(p.x + p.z) * 0.7, abs(p.x - p.z) * 0.7)
            return near > 0.016
        case .disc(let half):
            let x = p.x / half.x
            let y = p.y / half.y
            return x * x + y * y > 1
        case .triangle(let half):
            return abs(p.x) / half.x > 0.5 - 0.5 * p.y / half.y
        case .diamond(let half):
            return abs(p.x) / half.x + abs(p.y) / half.y > 1
        case .octagon(let half):
            return abs(p.x) / half.x + abs(p.y) / half.y > 1.42
        }
    }
}
