/// What lies between the light of a scene and the 8-bit picture: rain, lens, exposure and sensor.
struct Lens {
    private let conditions: SceneConditions
    private let exposure: Vector3
    private let middle: SIMD2<Float>
    private let unit: Float
    private let time: Float
    private let seed: UInt32

    init(scene: Scene, time: Double, width: Int, height: Int) {
        conditions = scene.conditions
        exposure = scene.conditions.tint * (scene.conditions.exposure * (scene.conditions.isDark ? 2.2 : 1.05))
        middle = SIMD2(Float(width) / 2, Float(height) / 2)
        unit = 128 / Float(height)
        self.time = Float(time)
        let bits = time.bitPattern
        seed = UInt32(truncatingIfNeeded: bits ^ bits >> 29) ^ scene.conditions.seed
    }

    /// The 8-bit value of the pixel in a column and a row under linear light.
    func develop(_ light: Vector3, x: Int, y: Int) -> SIMD3<UInt8> {
        var c = light
        let u = Float(x) - middle.x
        let v = Float(y) - middle.y
        if conditions.rain > 0 {
            let streak = SceneNoise.smooth((u + 0.12 * v) * unit * 0.9, v * unit * 0.07 - time * 9, seed)
            let drop = smoothStep(0.8, 0.97, streak) * conditions.rain
            c = mix(c, conditions.fogColor * 1.3, 0.22 * drop)
        }
        let edge = (u * u + v * v) / (middle.x * middle.x + middle.y * middle.y)
        c = c * exposure * (1 - 0.22 * edge)
        let noise = Vector3(grain(x, y, 1), grain(x, y, 2), grain(x, y, 3)) * (1.6 * conditions.sensorNoise)
        let value = saturate(saturate(c).squareRoot() + noise * (1 / 255)) * 255 + Vector3(repeating: 0.5)
        return SIMD3(UInt8(value.x), UInt8(value.y), UInt8(value.z))
    }

    /// Noise of mean 0 in -1...1.
    private func grain(_ x: Int, _ y: Int, _ channel: UInt32) -> Float {
        let bits = SceneNoise.bits(Int32(truncatingIfNeeded: x), Int32(truncatingIfNeeded: y), seed &+ channel)
        return Float(bits & 0xFFFF) * 0x1p-16 + Float(bits >> 16) * 0x1p-16 - 1
    }
}
