/// A point or direction in metres (x right, y up, z forward), or a linear RGB colour.
///
/// Not `SIMD3`: that computes on a fourth lane of leftovers, and where they happen to be subnormal numbers the processor
/// takes a hundred times longer (measured: a tenth of a frame's time).
struct Vector3: Sendable, Equatable, ExpressibleByArrayLiteral {
    var x: Float
    var y: Float
    var z: Float

    static let zero = Vector3(0, 0, 0)

    @inline(__always)
    init(_ x: Float, _ y: Float, _ z: Float) {
        self.x = x
        self.y = y
        self.z = z
    }

    @inline(__always)
    init(repeating value: Float) {
        self.init(value, value, value)
    }

    /// Three components; what a literal lacks is 0.
    @inline(__always)
    init(arrayLiteral elements: Float...) {
        self.init(
            elements.count > 0 ? elements[0] : 0, elements.count > 1 ? elements[1] : 0,
            elements.count > 2 ? elements[2] : 0)
    }

    /// The square root of every component.
    func squareRoot() -> Vector3 {
        Vector3(x.squareRoot(), y.squareRoot(), z.squareRoot())
    }
}

// Component by component; a number stands for three equal components.
extension Vector3 {
    @inline(__always)
    static func + (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x + b.x, a.y + b.y, a.z + b.z) }

    @inline(__always)
    static func - (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x - b.x, a.y - b.y, a.z - b.z) }

    @inline(__always)
    static func * (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x * b.x, a.y * b.y, a.z * b.z) }

    @inline(__always)
    static func / (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x / b.x, a.y / b.y, a.z / b.z) }

    @inline(__always)
    static func * (a: Vector3, b: Float) -> Vector3 { Vector3(a.x * b, a.y * b, a.z * b) }

    @inline(__always)
    static prefix func - (a: Vector3) -> Vector3 { Vector3(-a.x, -a.y, -a.z) }

    @inline(__always)
    static func += (a: inout Vector3, b: Vector3) { a = a + b }

    @inline(__always)
    static func -= (a: inout Vector3, b: Vector3) { a = a - b }

    @inline(__always)
    static func *= (a: inout Vector3, b: Vector3) { a = a * b }

    @inline(__always)
    static func *= (a: inout Vector3, b: Float) { a = a * b }
}
