/// The form of a body part, in its own coordinates (metres).
enum Shape: Sendable {
    /// A box whose top may be smaller than its bottom and shifted, centred at the origin.
    case block(Block)
    /// An ellipsoid around the origin with these radii.
    case ellipsoid(Vector3)
    /// A cylinder or cone along +y from the origin.
    case frustum(Frustum)
    /// A flat rectangle in the plane z = 0 around the origin with these half sides, seen from both sides.
    case plate(SIMD2<Float>)

    /// A box with these half sides.
    static func box(_ x: Float, _ y: Float, _ z: Float) -> Shape {
        .block(Block(bottom: SIMD2(x, z), top: SIMD2(x, z), halfHeight: y, shift: 0))
    }

    /// The middle and the half sides of the smallest upright box around the shape.
    var bounds: (center: Vector3, half: Vector3) {
        switch self {
        case .block(let block):
            let low = min(-block.bottom.y, block.shift - block.top.y)
            let high = max(block.bottom.y, block.shift + block.top.y)
            return (
                Vector3(0, 0, (low + high) / 2),
                Vector3(max(block.bottom.x, block.top.x), block.halfHeight, (high - low) / 2)
            )
        case .ellipsoid(let radii):
            return (.zero, radii)
        case .frustum(let frustum):
            let radius = max(frustum.bottomRadius, frustum.topRadius)
            return (Vector3(0, frustum.height / 2, 0), Vector3(radius, frustum.height / 2, radius))
        case .plate(let half):
            return (.zero, Vector3(half.x, half.y, 0))
        }
    }

    /// The outward direction of length one at a point of the surface.
    func normal(at p: Vector3) -> Vector3 {
        switch self {
        case .block(let block):
            return block.normal(of: block.face(at: p))
        case .ellipsoid(let radii):
            return normalize(p / (radii * radii))
        case .frustum(let frustum):
            if p.y > frustum.height * 0.9999 { return Vector3(0, 1, 0) }
            if p.y < frustum.height * 0.0001 { return Vector3(0, -1, 0) }
            return normalize(Vector3(p.x, 1e-6 - frustum.slope * (frustum.bottomRadius + frustum.slope * p.y), p.z))
        case .plate:
            return Vector3(0, 0, 1)
        }
    }

    /// Where the ray `origin + t * direction` first enters the shape: t, or infinity.
    func hit(_ origin: Vector3, _ direction: Vector3) -> Float {
        switch self {
        case .block(let block): BlockTest(block, origin).hit(direction)
        case .ellipsoid(let radii): EllipsoidTest(radii, origin).hit(direction)
        case .frustum(let frustum): FrustumTest(frustum, origin).hit(direction)
        case .plate(let half): PlateTest(half, origin).hit(direction)
        }
    }
}

/// A cylinder or cone along +y, closed at both ends.
struct Frustum: Sendable {
    var bottomRadius: Float
    var topRadius: Float
    var height: Float

    /// The growth of the radius per metre of height.
    var slope: Float { (topRadius - bottomRadius) / height }
}

/// A box with a top of another size: six planes.
struct Block: Sendable {
    /// Half sides along x and z at the bottom, y = -`halfHeight`.
    let bottom: SIMD2<Float>
    /// Half sides along x and z at the top.
    let top: SIMD2<Float>
    let halfHeight: Float
    /// How far the middle of the top lies toward +z of the middle of the bottom.
    let shift: Float
    /// The planes n·p = c of the faces +x, -x, +y, -y, +z, -z; two lanes are unused (n = 0, c = 1).
    let normalX: SIMD8<Float>
    let normalY: SIMD8<Float>
    let normalZ: SIMD8<Float>
    let offset: SIMD8<Float>

    init(bottom: SIMD2<Float>, top: SIMD2<Float>, halfHeight: Float, shift: Float) {
        self.bottom = bottom
        self.top = top
        self.halfHeight = halfHeight
        self.shift = shift
        let leanX = (bottom.x - top.x) / (2 * halfHeight)
        let leanZ = (bottom.y - top.y) / (2 * halfHeight)
        let lean = shift / (2 * halfHeight)
        normalX = [1, -1, 0, 0, 0, 0, 0, 0]
        normalY = SIMD8(leanX, leanX, 1, -1, leanZ - lean, leanZ + lean, 0, 0)
        normalZ = [0, 0, 0, 0, 1, -1, 0, 0]
        let middleX = (bottom.x + top.x) / 2
        let middleZ = (bottom.y + top.y) / 2
        offset = SIMD8(
            middleX, middleX, halfHeight, halfHeight, middleZ + shift / 2, middleZ - shift / 2, 1, 1)
    }

    /// The face (0...5: +x, -x, +y, -y, +z, -z) nearest to a point of the surface.
    func face(at p: Vector3) -> Int {
        let distance = offset - (normalX * p.x + normalY * p.y + normalZ * p.z)
        var best = 0
        for face in 1..<6 where distance[face] < distance[best] { best = face }
        return best
    }

    /// The outward direction of length one of a face.
    func normal(of face: Int) -> Vector3 {
        normalize(Vector3(normalX[face], normalY[face], normalZ[face]))
    }
}
