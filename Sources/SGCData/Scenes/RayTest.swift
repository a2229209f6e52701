/// Rays from one point against one shape: what depends on the point alone is prepared once.
protocol RayTest {
    /// Where the ray in direction `d` from the prepared point first enters the shape: a multiple of `d`, or infinity.
    ///
    /// A point inside the shape sees nothing of it.
    func hit(_ d: Vector3) -> Float
}

struct BlockTest: RayTest {
    private let normalX: SIMD8<Float>
    private let normalY: SIMD8<Float>
    private let normalZ: SIMD8<Float>
    /// The distance to each plane, positive inside.
    private let distance: SIMD8<Float>

    init(_ block: Block, _ origin: Vector3) {
        normalX = block.normalX
        normalY = block.normalY
        normalZ = block.normalZ
        distance = block.offset - (block.normalX * origin.x + block.normalY * origin.y + block.normalZ * origin.z)
    }

    @inline(__always)
    func hit(_ d: Vector3) -> Float {
        var speed = normalX * d.x + normalY * d.y + normalZ * d.z
        speed.replace(with: 1e-12, where: speed .== 0)
        let time = distance / speed
        let leaving = speed .> 0
        let near = Self.largest(time.replacing(with: -.infinity, where: leaving))
        let far = -Self.largest((-time).replacing(with: -.infinity, where: .!leaving))
        return near > 0 && near < far ? near : .infinity
    }

    @inline(__always)
    private static func largest(_ v: SIMD8<Float>) -> Float {
        let a = v.lowHalf.replacing(with: v.highHalf, where: v.lowHalf .< v.highHalf)
        let b = a.lowHalf.replacing(with: a.highHalf, where: a.lowHalf .< a.highHalf)
        return b.x > b.y ? b.x : b.y
    }
}

struct EllipsoidTest: RayTest {
    let inverse: Vector3
    let origin: Vector3
    let c: Float

    init(_ radii: Vector3, _ origin: Vector3) {
        inverse = Vector3(1 / radii.x, 1 / radii.y, 1 / radii.z)
        self.origin = origin * inverse
        c = dot(self.origin, self.origin) - 1
    }

    func hit(_ d: Vector3) -> Float {
        let scaled = d * inverse
        let a = dot(scaled, scaled)
        let b = dot(scaled, origin)
        let root = b * b - a * c
        guard b < 0, c > 0, root > 0 else { return .infinity }
        return (-b - root.squareRoot()) / a
    }
}

struct FrustumTest: RayTest {
    let frustum: Frustum
    let origin: Vector3
    let slope: Float
    let radius: Float
    let c: Float

    init(_ frustum: Frustum, _ origin: Vector3) {
        self.frustum = frustum
        self.origin = origin
        slope = frustum.slope
        radius = frustum.bottomRadius + slope * origin.y
        c = origin.x * origin.x + origin.z * origin.z - radius * radius
    }

    func hit(_ d: Vector3) -> Float {
        let growth = slope * d.y
        let a = d.x * d.x + d.z * d.z - growth * growth
        let b = d.x * origin.x + d.z * origin.z - growth * radius
        let root = b * b - a * c
        guard root > 0, a > 1e-12 else { return cap(d) }
        let side = (-b - root.squareRoot()) / a
        let height = origin.y + side * d.y
        if side > 0, height >= 0, height <= frustum.height { return side }
        return cap(d)
    }

    /// The end that faces the point.
    private func cap(_ d: Vector3) -> Float {
        let top = d.y < 0
        guard d.y != 0, top ? origin.y > frustum.height : origin.y < 0 else { return .infinity }
        let t = ((top ? frustum.height : 0) - origin.y) / d.y
        let x = origin.x + t * d.x
        let z = origin.z + t * d.z
        let limit = top ? frustum.topRadius : frustum.bottomRadius
        return x * x + z * z <= limit * limit ? t : .infinity
    }
}

struct PlateTest: RayTest {
    let half: SIMD2<Float>
    let origin: Vector3

    init(_ half: SIMD2<Float>, _ origin: Vector3) {
        self.half = half
        self.origin = origin
    }

    func hit(_ d: Vector3) -> Float {
        guard d.z != 0 else { return .infinity }
        let t = -origin.z / d.z
        guard t > 0, abs(origin.x + t * d.x) <= half.x, abs(origin.y + t * d.y) <= half.y else { return .infinity }
        return t
    }
}
