// Shadows on the ground.
extension SceneRenderer {
    /// Finds for every pixel of ground how much direct light reaches it.
    ///
    /// Every caster tests only the pixels inside the outline of its shadow. Under an overcast sky only vehicles shade
    /// the ground right below them.
    mutating func castShadows() {
        sunlight = [Float](repeating: 1, count: camera.width * camera.height)
        let conditions = scene.conditions
        let isSunny = conditions.sunColor.y > 0.15 && conditions.sunDirection.y > 0.05
        let light: Vector3 = isSunny ? conditions.sunDirection : [0, 1, 0]
        for caster in casters {
            let part = Int(caster.part)
            switch scene.parts[part].label {
            case .car, .truck, .bus: break
            case .fence, .trafficSign, .trafficLight: continue
            default: if !isSunny { continue }
            }
            cast(caster, scene.parts[part].cutout, light)
        }
    }

    private mutating func cast(_ caster: Primitive, _ cutout: Cutout, _ light: Vector3) {
        // Along the light onto the ground: a map that keeps lines straight, like a pose that is not rigid.
        func flattened(_ v: Vector3) -> Vector3 { v - light * (v.y / light.y) }
        var flat = caster.pose
        flat.origin = flattened(flat.origin)
        flat.x = flattened(flat.x)
        flat.y = flattened(flat.y)
        flat.z = flattened(flat.z)
        let bounds = caster.shape.bounds
        guard let frame = camera.rectangle(center: bounds.center, half: bounds.half, pose: flat) else { return }
        let left = Int(max(0, frame.left - 0.5))
        let right = Int(max(-1, min(Float(camera.width - 1), frame.right)))
        let top = Int(max(0, min(1e6, frame.top - 0.5)))
        let bottom = Int(max(-1, min(Float(camera.height - 1), frame.bottom)))
        guard left <= right, top <= bottom, frame.left < 1e6 else { return }
        let direction = caster.pose.local(direction: light)
        let step = camera.pose.x * (1 / camera.focal)
        for y in top...bottom {
            let first = camera.ray(x: 0.5, y: Float(y) + 0.5)
            for x in left...right {
                let sample = (2 * y + 1) * columns + x
                let pixel = y * camera.width + x
                guard surface[sample] < Background.ridge, sunlight[pixel] > 0 else { continue }
                let point = camera.pose.origin + (first + step * Float(x)) * depth[sample]
                let local = caster.pose.local(point: point)
                let t = caster.shape.hit(local, direction)
                guard t < .infinity, !cutout.isHole(local + direction * t, footprint: 0) else { continue }
                sunlight[pixel] = 0
            }
        }
    }
}
