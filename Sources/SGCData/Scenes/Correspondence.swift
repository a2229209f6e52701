extension SceneFrame {
    /// For every pixel the pixel of another frame of the same scene that shows the same point of the same surface.
    ///
    /// A point counts as seen again when it projects into the pixel (its middle is at most half a pixel away per axis),
    /// when that pixel shows the same part of the same object, and when the point faces the other camera. Sky and ridge
    /// are infinitely far away: their points are directions.
    ///
    /// - Parameter other: a frame of the same scene at any time and of any size.
    /// - Returns: `[H, W]` indices into the other frame's `[H, W]`, or -1 where the point is hidden or out of view there.
    /// - Complexity: O(H · W).
    package func correspondence(to other: SceneFrame) -> [Int32] {
        let places = other.places()
        var result: [Int32] = []
        result.reserveCapacity(surfaces.count)
        for y in 0..<camera.height {
            for x in 0..<camera.width {
                result.append(find(x, y, in: other, places))
            }
        }
        return result
    }

    /// For every part the index of its primitive, or -1.
    private func places() -> [Int32] {
        let count = primitives.reduce(0) { max($0, Int($1.part) + 1) }
        var result = [Int32](repeating: -1, count: count)
        for (index, primitive) in primitives.enumerated() { result[Int(primitive.part)] = Int32(index) }
        return result
    }

    private func find(_ x: Int, _ y: Int, in other: SceneFrame, _ places: [Int32]) -> Int32 {
        let index = y * camera.width + x
        let surface = surfaces[index]
        let ray = camera.ray(x: Float(x) + 0.5, y: Float(y) + 0.5)
        var wanted = surface
        var target: Vector3
        if surface == Background.sky || surface == Background.ridge {
            target = ray
        } else {
            target = camera.pose.origin + ray * depths[index]
            if surface >= 0 {
                let primitive = primitives[Int(surface)]
                guard Int(primitive.part) < places.count else { return -1 }
                wanted = places[Int(primitive.part)]
                guard wanted >= 0, other.primitives[Int(wanted)].lap == primitive.lap else { return -1 }
                let local = primitive.pose.local(point: target)
                let moved = other.primitives[Int(wanted)]
                target = moved.pose.point(local)
                guard other.faces(moved, local) else { return -1 }
            }
            target -= other.camera.pose.origin
        }
        guard let place = other.camera.project(direction: target) else { return -1 }
        guard place.x >= 0, place.y >= 0, place.x < Float(other.camera.width), place.y < Float(other.camera.height)
        else {
            return -1
        }
        let found = Int(place.y) * other.camera.width + Int(place.x)
        return other.surfaces[found] == wanted ? Int32(found) : -1
    }

    /// Whether nothing of the primitive itself hides this point of it, in its own coordinates, from the camera.
    private func faces(_ primitive: Primitive, _ local: Vector3) -> Bool {
        let origin = primitive.pose.local(point: camera.pose.origin)
        // The ray ends at 1; rounding may move the hit a little, and grazing rays may miss.
        let hit = primitive.shape.hit(origin, local - origin)
        return hit == .infinity || hit > 0.995
    }
}
