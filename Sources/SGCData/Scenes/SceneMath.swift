// Arithmetic of the built-in scenes. Only the exactly rounded operations of IEEE 754 (+, -, *, /, square root) occur,
// never a function of the C library: those differ between machines in the last bit, and a scene must not. They are
// inlined always: frames take a third less time.

/// The scalar product.
@inline(__always)
func dot(_ a: Vector3, _ b: Vector3) -> Float {
    a.x * b.x + a.y * b.y + a.z * b.z
}

/// The vector product.
@inline(__always)
func cross(_ a: Vector3, _ b: Vector3) -> Vector3 {
    Vector3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// The vector of length one in the direction of `v`, which must not be zero.
@inline(__always)
func normalize(_ v: Vector3) -> Vector3 {
    v * (1 / dot(v, v).squareRoot())
}

/// `a` at `t` = 0, `b` at `t` = 1, linear between and beyond.
@inline(__always)
func mix(_ a: Float, _ b: Float, _ t: Float) -> Float {
    a + (b - a) * t
}

/// `a` at `t` = 0, `b` at `t` = 1, linear between and beyond, per component.
@inline(__always)
func mix(_ a: Vector3, _ b: Vector3, _ t: Float) -> Vector3 {
    a + (b - a) * t
}

/// `x` limited to 0...1; 0 for NaN.
@inline(__always)
func saturate(_ x: Float) -> Float {
    x > 0 ? (x < 1 ? x : 1) : 0
}

/// The colour with every component limited to 0...1.
@inline(__always)
func saturate(_ c: Vector3) -> Vector3 {
    Vector3(saturate(c.x), saturate(c.y), saturate(c.z))
}

/// 0 below `low`, 1 above `high`, a smooth cubic between.
@inline(__always)
func smoothStep(_ low: Float, _ high: Float, _ x: Float) -> Float {
    let t = saturate((x - low) / (high - low))
    return t * t * (3 - 2 * t)
}

/// The largest integer that is not above `x`; 0 where no `Int32` near 10⁹ holds it.
@inline(__always)
func floorInteger(_ x: Float) -> Int32 {
    guard x > -1e9, x < 1e9 else { return 0 }
    let truncated = Int32(x)
    return Float(truncated) > x ? truncated &- 1 : truncated
}

/// `x` minus the largest integer that is not above it: in 0..<1.
@inline(__always)
func fraction(_ x: Float) -> Float {
    x - Float(floorInteger(x))
}

/// An approximation of sin(2πx) to 2 · 10⁻³: a parabola per half period, refined once.
@inline(__always)
func sineOfTurns(_ x: Float) -> Float {
    let r = x - Float(floorInteger(x + 0.5))
    let parabola = 8 * r - 16 * r * abs(r)
    return parabola + 0.225 * (parabola * abs(parabola) - parabola)
}

/// An approximation of cos(2πx) to 2 · 10⁻³.
@inline(__always)
func cosineOfTurns(_ x: Float) -> Float {
    sineOfTurns(x + 0.25)
}

/// A falling function of `x` ≥ 0 near exp(-x): (1 + x/8)⁻⁸.
@inline(__always)
func decay(_ x: Float) -> Float {
    let base = 1 / (1 + x * 0.125)
    let square = base * base
    return square * square * square * square
}

/// A linear colour from 8-bit components (gamma 2).
func color(_ red: Float, _ green: Float, _ blue: Float) -> Vector3 {
    let v = Vector3(red, green, blue) * (1 / 255)
    return v * v
}
