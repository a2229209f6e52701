// From samples to 8-bit pixels.
extension SceneRenderer {
    /// The picture, `[H, W, 3]`, sRGB (gamma 2).
    func pixels() -> [UInt8] {
        var result = [UInt8](repeating: 0, count: camera.width * camera.height * 3)
        let lens = Lens(scene: scene, time: time, width: camera.width, height: camera.height)
        for y in 0..<camera.height {
            for x in 0..<camera.width {
                let light = gathered(x, y)
                let value = lens.develop(light, x: x, y: y)
                let index = (y * camera.width + x) * 3
                result[index] = value.x
                result[index + 1] = value.y
                result[index + 2] = value.z
            }
        }
        return result
    }

    /// The light on one pixel. Every surface among its nine samples is asked once and weighs by its samples.
    private func gathered(_ x: Int, _ y: Int) -> Vector3 {
        let middle = (2 * y + 1) * columns + 2 * x + 1
        let own = surface[middle]
        let shadow = smoothSunlight(x, y)
        let ray = camera.ray(x: Float(x) + 0.5, y: Float(y) + 0.5)
        let light = light(from: own, depth[middle], ray, sunlight: shadow)
        var same = true
        for row in -1...1 {
            let index = middle + row * columns
            same = same && surface[index - 1] == own && surface[index] == own && surface[index + 1] == own
        }
        if same { return light }

        var total = Vector3.zero
        var known: [9 of Int32] = .init(repeating: .min)
        var lights: [9 of Vector3] = .init(repeating: .zero)
        known[0] = own
        lights[0] = light
        var count = 1
        for row in -1...1 {
            for column in -1...1 {
                let index = middle + row * columns + column
                let weight: Float = (row == 0 ? 2 : 1) * (column == 0 ? 2 : 1) / 16
                var slot = 0
                while slot < count, known[slot] != surface[index] { slot += 1 }
                if slot == count {
                    let aside = camera.ray(
                        x: Float(x) + 0.5 + Float(column) / 2, y: Float(y) + 0.5 + Float(row) / 2)
                    known[slot] = surface[index]
                    lights[slot] = self.light(from: surface[index], depth[index], aside, sunlight: shadow)
                    count += 1
                }
                total += lights[slot] * weight
            }
        }
        return total
    }

    /// The share of direct light on the ground, softened over neighbours.
    private func smoothSunlight(_ x: Int, _ y: Int) -> Float {
        let index = y * camera.width + x
        let left = sunlight[x > 0 ? index - 1 : index]
        let right = sunlight[x + 1 < camera.width ? index + 1 : index]
        return 0.5 * sunlight[index] + 0.25 * (left + right)
    }
}
