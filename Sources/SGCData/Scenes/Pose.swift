/// A rigid placement: the axes and the origin of a body, in the coordinates of what carries it.
struct Pose: Sendable {
    var x: Vector3 = [1, 0, 0]
    var y: Vector3 = [0, 1, 0]
    var z: Vector3 = [0, 0, 1]
    var origin: Vector3 = .zero

    init() {}

    init(origin: Vector3) {
        self.origin = origin
    }

    /// A body that stands upright and looks along (`heading.x`, 0, `heading.y`), a vector of length one.
    init(origin: Vector3, heading: SIMD2<Float>) {
        self.origin = origin
        x = Vector3(heading.y, 0, -heading.x)
        z = Vector3(heading.x, 0, heading.y)
    }

    /// A body whose y axis runs from `start` toward `end`.
    init(from start: Vector3, toward end: Vector3) {
        origin = start
        y = normalize(end - start)
        x = normalize(cross(y, abs(y.z) < 0.9 ? [0, 0, 1] : [1, 0, 0]))
        z = cross(x, y)
    }

    /// Outward coordinates of a point of the body.
    @inline(__always)
    func point(_ p: Vector3) -> Vector3 {
        origin + x * p.x + y * p.y + z * p.z
    }

    /// Outward coordinates of a direction of the body.
    @inline(__always)
    func direction(_ d: Vector3) -> Vector3 {
        x * d.x + y * d.y + z * d.z
    }

    /// Coordinates of the body for an outward point.
    @inline(__always)
    func local(point p: Vector3) -> Vector3 {
        local(direction: p - origin)
    }

    /// Coordinates of the body for an outward direction.
    @inline(__always)
    func local(direction d: Vector3) -> Vector3 {
        Vector3(dot(x, d), dot(y, d), dot(z, d))
    }

    /// The placement of `child`, given in this body's coordinates, in outward coordinates.
    func carrying(_ child: Pose) -> Pose {
        var result = Pose()
        result.x = direction(child.x)
        result.y = direction(child.y)
        result.z = direction(child.z)
        result.origin = point(child.origin)
        return result
    }

    /// The same body turned about its own x axis by `turns` (1 is a full turn).
    func pitched(_ turns: Float) -> Pose {
        let c = cosineOfTurns(turns)
        let s = sineOfTurns(turns)
        // The approximate sine and cosine are not exactly on the unit circle.
        let scale = 1 / (c * c + s * s).squareRoot()
        var result = self
        result.y = (y * c + z * s) * scale
        result.z = (z * c - y * s) * scale
        return result
    }

    /// The same body turned about its own z axis by `turns`, its right side down.
    func rolled(_ turns: Float) -> Pose {
        let c = cosineOfTurns(turns)
        let s = sineOfTurns(turns)
        let scale = 1 / (c * c + s * s).squareRoot()
        var result = self
        result.x = (x * c - y * s) * scale
        result.y = (y * c + x * s) * scale
        return result
    }
}
