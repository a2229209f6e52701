/// Random numbers and smooth noise as functions of position: the textures of the built-in scenes.
enum SceneNoise {
    /// 32 well mixed bits of two integers and a seed (multiply and xor-shift).
    @inline(__always)
    static func bits(_ x: Int32, _ y: Int32, _ seed: UInt32) -> UInt32 {
        var h = UInt32(bitPattern: x) &* 0x85EB_CA6B ^ UInt32(bitPattern: y) &* 0xC2B2_AE35 ^ seed
        h = (h ^ h >> 15) &* 0x2C1B_3C6D
        h = (h ^ h >> 12) &* 0x297A_2D39
        return h ^ h >> 15
    }

    /// A random number in 0..<1 of two integers and a seed.
    @inline(__always)
    static func cell(_ x: Int32, _ y: Int32, _ seed: UInt32) -> Float {
        Float(bits(x, y, seed) >> 8) * 0x1p-24
    }

    /// The same from one round of mixing: enough for the upper bits, at half the cost.
    @inline(__always)
    private static func corner(_ x: UInt32, _ y: UInt32) -> Float {
        let h = x ^ y
        return Float(((h ^ h >> 15) &* 0x2C1B_3C6D) >> 8) * 0x1p-24
    }

    /// Value noise in 0..<1: random at the integer points, smooth between.
    static func smooth(_ x: Float, _ y: Float, _ seed: UInt32) -> Float {
        let column = floorInteger(x)
        let row = floorInteger(y)
        let s = x - Float(column)
        let t = y - Float(row)
        let u = s * s * (3 - 2 * s)
        let v = t * t * (3 - 2 * t)
        let left = UInt32(bitPattern: column) &* 0x85EB_CA6B &+ seed &* 0x9E37_79B9
        let right = left &+ 0x85EB_CA6B
        let above = UInt32(bitPattern: row) &* 0xC2B2_AE35
        let below = above &+ 0xC2B2_AE35
        let top = mix(corner(left, above), corner(right, above), u)
        let bottom = mix(corner(left, below), corner(right, below), u)
        return mix(top, bottom, v)
    }

    /// Noise with mean 0 in -0.5..<0.5 that fades out where `footprint`, the size of a pixel, nears the size of a cell.
    ///
    /// Coordinates and `footprint` are in metres, `frequency` in cells per metre.
    static func detail(_ x: Float, _ y: Float, frequency: Float, footprint: Float, _ seed: UInt32) -> Float {
        let weight = saturate(1.6 - 1.6 * frequency * footprint)
        guard weight > 0 else { return 0 }
        return weight * (smooth(x * frequency, y * frequency, seed) - 0.5)
    }

    /// How much of a pixel of width `footprint` a stripe covers whose edges lie `inside` metres outward of `x` (negative: out).
    static func coverage(_ inside: Float, footprint: Float) -> Float {
        saturate(inside / max(footprint, 1e-4) + 0.5)
    }
}
