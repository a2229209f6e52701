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

    /// The light on one pixel.
    ///
    /// Every surface among its five samples is asked once and weighs by its samples.
    private func gathered(_ x: Int, _ y: Int) -> Vector3 {
        let middle = (2 * y + 1) * columns + x
        let above = middle - columns
        let below = middle + columns
        let own = surface[middle]
        let shadow = smoothSunlight(x, y)
        let ray = camera.ray(x: Float(x) + 0.5, y: Float(y) + 0.5)
        let light = light(from: own, depth[middle], ray, sunlight: shadow)
        let corners: [4 of Int] = [above, above + 1, below, below + 1]
        var known: [4 of Int32] = .init(repeating: own)
        var lights: [4 of Vector3] = .init(repeating: light)
        var total = light * 0.5
        for corner in 0..<4 {
            let found = surface[corners[corner]]
            known[corner] = found
            if found != own {
                var earlier = 0
                while known[earlier] != found { earlier += 1 }
                if earlier < corner {
                    lights[corner] = lights[earlier]
                } else {
                    let aside = camera.ray(x: Float(x + corner & 1), y: Float(y + corner >> 1))
                    lights[corner] = self.light(from: found, depth[corners[corner]], aside, sunlight: shadow)
                }
            }
            total += lights[corner] * 0.125
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
