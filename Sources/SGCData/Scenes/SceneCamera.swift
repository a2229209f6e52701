/// A pinhole camera: where it is, how it looks, and the size of its image.
struct SceneCamera: Sendable {
    let pose: Pose
    /// The focal length in pixels.
    let focal: Float
    let width: Int
    let height: Int
    /// The middle of the image, in pixels.
    private let middle: SIMD2<Float>

    init(pose: Pose, focal: Float, width: Int, height: Int) {
        self.pose = pose
        self.focal = focal
        self.width = width
        self.height = height
        middle = SIMD2(Float(width) / 2, Float(height) / 2)
    }

    /// Nothing nearer than this is seen, in metres along the view.
    static let near: Float = 0.4

    /// The image position (pixels; the middle of the first pixel is 0.5, 0.5) and the depth in metres of a point.
    struct Projection {
        var x: Float
        var y: Float
        var depth: Float
    }

    /// A rectangle of image positions.
    struct Rectangle {
        var left = Float.infinity
        var right = -Float.infinity
        var top = Float.infinity
        var bottom = -Float.infinity
        /// The least depth of what it frames, in metres.
        var nearest = Float.infinity

        mutating func include(_ p: Projection) {
            left = min(left, p.x)
            right = max(right, p.x)
            top = min(top, p.y)
            bottom = max(bottom, p.y)
            nearest = min(nearest, p.depth)
        }
    }

    /// The direction of the view through an image position: one metre of depth long.
    @inline(__always)
    func ray(x: Float, y: Float) -> Vector3 {
        pose.z + pose.x * ((x - middle.x) / focal) - pose.y * ((y - middle.y) / focal)
    }

    /// Where a point appears; nil when it is not in front of the camera.
    func project(_ point: Vector3) -> Projection? {
        project(direction: point - pose.origin)
    }

    /// Where what lies in a direction, at any distance, appears; nil when it is not in front of the camera.
    func project(direction: Vector3) -> Projection? {
        let p = pose.local(direction: direction)
        guard p.z >= Self.near * 0.999 else { return nil }
        return Projection(x: middle.x + focal * p.x / p.z, y: middle.y - focal * p.y / p.z, depth: p.z)
    }

    /// The smallest image rectangle around the part of a box that lies in front of the camera; nil when none does.
    func rectangle(center: Vector3, half: Vector3, pose: Pose) -> Rectangle? {
        var corners: [8 of Vector3] = .init(repeating: .zero)
        for corner in 0..<8 {
            let sign = Vector3(corner & 1 == 0 ? -1 : 1, corner & 2 == 0 ? -1 : 1, corner & 4 == 0 ? -1 : 1)
            corners[corner] = pose.point(center + half * sign) - self.pose.origin
        }
        var result = Rectangle()
        var seen = false
        for corner in 0..<8 {
            if let p = project(direction: corners[corner]) {
                result.include(p)
                seen = true
            }
            for bit in [1, 2, 4] where corner & bit == 0 {
                // Where an edge of the box passes the near plane, its visible part ends.
                let a = corners[corner]
                let b = corners[corner | bit]
                let depthA = dot(a, self.pose.z)
                let depthB = dot(b, self.pose.z)
                guard (depthA < Self.near) != (depthB < Self.near) else { continue }
                if let p = project(direction: a + (b - a) * ((Self.near - depthA) / (depthB - depthA))) {
                    result.include(p)
                    seen = true
                }
            }
        }
        return seen ? result : nil
    }
}
