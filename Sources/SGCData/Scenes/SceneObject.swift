/// A rigid piece of an object: its form, its place on the object, its look and its class.
struct Part: Sendable {
    var shape: Shape
    /// The place on the object; with a ``swing`` the origin is the joint.
    var pose: Pose
    var material: Material
    var label: SceneClass
    var cutout = Cutout.none
    /// How far the part swings about its x axis while its object moves, in turns to either side.
    var swing: Float = 0
    /// Where in the object's gait the swing begins, in turns.
    var phase: Float = 0
}

/// Something that stands or moves as a whole: parts, and where they are at a time.
struct SceneObject: Sendable {
    /// The place at time 0: metres along the road and to the right of its middle line.
    var station: Float
    var offset: Float
    /// Metres of station per second.
    var speed: Float = 0
    /// A walk across the road: metres per second between offsets -`span` and `span`.
    var stroll: Float = 0
    var span: Float = 0
    /// Where the object looks, (x, z) of length one; (0, 1) is along the road.
    var facing: SIMD2<Float> = [0, 1]
    /// Steps, or turns of pedals, per second.
    var gait: Float = 0
    /// The parts in the scene's list.
    var parts: Range<Int> = 0..<0
    /// The radius of a sphere around the origin that holds all parts, in metres.
    var radius: Float = 0

    /// Where the object is, and how often it has gone round the period of the road.
    struct Place {
        var pose: Pose
        var lap: Int32
    }

    /// The place at a time, on the lap that keeps the object in view of a camera at `viewpoint`.
    ///
    /// - Parameters:
    ///   - time: seconds.
    ///   - viewpoint: the camera's station.
    func place(time: Double, viewpoint: Float, on road: Road) -> Place {
        let now = Float(Double(station) + Double(speed) * time)
        // Objects are kept between 40 metres behind the camera and 200 in front of it.
        let lap = -floorInteger((now - (viewpoint - 40)) / Road.period)
        let z = now + Float(lap) * Road.period
        var across = offset
        var direction = facing
        if stroll > 0 {
            let lapLength = 4 * span
            let way = Float(Double(offset) + Double(stroll) * time) / lapLength
            let phase = fraction(way) * lapLength
            across = phase < 2 * span ? phase - span : 3 * span - phase
            direction = phase < 2 * span ? [1, 0] : [-1, 0]
        }
        let ahead = road.heading(z)
        let heading = SIMD2<Float>(
            direction.x * ahead.y + direction.y * ahead.x, direction.y * ahead.y - direction.x * ahead.x)
        return Place(pose: Pose(origin: Vector3(road.middle(z) + across, 0, z), heading: heading), lap: lap)
    }
}

/// A part where it is at the time of a frame.
struct Primitive: Sendable {
    var shape: Shape
    var pose: Pose
    /// The index of the part in the scene's list: the identity of the surface.
    var part: Int32
    /// The lap of its object: the same part on another lap is another thing.
    var lap: Int32
}
