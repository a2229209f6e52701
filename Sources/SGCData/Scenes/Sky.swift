/// What lies beyond everything: the sky with sun and clouds, and the far ridge on the horizon.
struct Sky: Sendable {
    let conditions: SceneConditions
    /// The height of the far ridge as the tangent of its elevation, and its colour.
    let ridgeHeight: Float
    let ridgeColor: Vector3
    /// Whether the ridge is the skyline of a town and not woods.
    let isTown: Bool
    let seed: UInt32

    /// Whether the ridge hides the sky in a direction.
    func isRidge(_ d: Vector3) -> Bool {
        let flat = (d.x * d.x + d.z * d.z).squareRoot()
        guard d.y < ridgeHeight * flat else { return false }
        return d.y < ridge(d, flat) * flat
    }

    private func ridge(_ d: Vector3, _ flat: Float) -> Float {
        let x = d.x / flat
        let z = d.z / flat
        if isTown {
            let block = SceneNoise.cell(floorInteger(x * 40), floorInteger(z * 40), seed)
            return ridgeHeight * (0.2 + 0.8 * block * block)
        }
        let coarse = SceneNoise.smooth(x * 5 + 9, z * 5 + 9, seed)
        let fine = SceneNoise.smooth(x * 60, z * 60, seed &+ 1)
        return ridgeHeight * (0.25 + 0.6 * coarse + 0.15 * fine)
    }

    /// The colour of the far ridge: woods or houses under haze.
    func ridgeLight(_ d: Vector3) -> Vector3 {
        let flat = (d.x * d.x + d.z * d.z).squareRoot()
        if isTown {
            let x = d.x / flat
            let z = d.z / flat
            let wall = SceneNoise.cell(floorInteger(x * 40), floorInteger(z * 40), seed &+ 6)
            let pane = SceneNoise.cell(floorInteger((x + z) * 220), floorInteger(d.y / flat * 160), seed &+ 7)
            var lit = ridgeColor * (0.5 + wall + (pane > 0.6 ? -0.35 : 0))
            lit *= conditions.ambient + conditions.sunColor * 0.3
            if conditions.isDark, pane > 0.7 { lit += Vector3(0.35, 0.25, 0.12) }
            return mix(conditions.fogColor, lit, conditions.transmittance(220))
        }
        let grain = SceneNoise.smooth((d.x - d.z) * 90 / flat, d.y * 220 / flat, seed &+ 2)
        let lit = ridgeColor * (0.6 + 0.8 * grain) * (conditions.ambient + conditions.sunColor * 0.4)
        return mix(conditions.fogColor, lit, conditions.transmittance(260))
    }

    /// The colour of the sky in a direction of any length.
    func light(_ direction: Vector3) -> Vector3 {
        let d = normalize(direction)
        let up = saturate(d.y)
        // Falls from 1 on the horizon to 0 overhead.
        let low = (1 - up) * (1 - up) * (1 - up)
        var result = mix(conditions.zenith, conditions.horizon, low)
        let toSun = saturate(dot(d, conditions.sunDirection))
        let glow = toSun * toSun * toSun * toSun
        let glare = glow * glow * glow * glow
        result += conditions.sunColor * (0.12 * glow + 0.35 * glare * glare * glare)
        if conditions.daytime != .night, conditions.cloudCover < 1 {
            result += conditions.sunColor * (6 * smoothStep(0.9993, 0.9997, toSun))
        }
        result = clouded(result, d, toSun)
        return mix(result, conditions.fogColor, saturate(conditions.fogDensity * 40) * low)
    }

    private func clouded(_ clear: Vector3, _ d: Vector3, _ toSun: Float) -> Vector3 {
        guard conditions.cloudCover > 0.01 else { return clear }
        let scale = 1.3 / max(d.y + 0.12, 0.05)
        let x = d.x * scale
        let z = d.z * scale
        var density = 0.55 * SceneNoise.smooth(x, z, seed &+ 3)
        density += 0.28 * SceneNoise.smooth(x * 2.3, z * 2.3, seed &+ 4)
        density += 0.17 * SceneNoise.smooth(x * 5.1, z * 5.1, seed &+ 5)
        let threshold = 0.78 - 0.6 * conditions.cloudCover
        let cover = smoothStep(threshold, threshold + 0.2, density)
        let shade = 1.12 - 0.75 * saturate((density - threshold) * 1.6)
        let color = conditions.cloudColor * shade + conditions.sunColor * (0.25 * toSun * toSun * (1 - cover))
        return mix(clear, color, cover * (0.55 + 0.45 * saturate(d.y * 6)))
    }
}
