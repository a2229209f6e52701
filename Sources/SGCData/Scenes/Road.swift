import SGCBase

/// The plan of the ground: a curved road with lanes and marks, what lies beside it, and its junctions.
///
/// A place is given by its station `z` (metres along the world) and its offset `u` (metres to the right of the middle
/// line). The plan repeats every ``period`` metres of station, so that the road has no end.
struct Road: Sendable {
    /// After how many metres of station curve, junctions and objects repeat.
    static let period: Float = 240

    /// What a place on the ground is.
    enum Ground: Int32, Sendable {
        case road = -3
        case sidewalk = -4
        case terrain = -5
    }

    /// A place on the ground.
    struct Place {
        var ground: Ground
        /// Metres to the right of the middle line.
        var offset: Float
        /// Metres beyond the nearer edge of the road; negative on it.
        var beyond: Float
        /// Metres to the middle of the nearest junction, along the road; infinite without one.
        var toJunction: Float
    }

    /// How the traffic runs: 1 keeps right, -1 keeps left.
    let side: Float
    let laneWidth: Float
    /// Lanes of the camera's direction, and of the other.
    let lanes: (own: Int, other: Int)
    /// The room for parked cars on the right and on the left, in metres (0 without).
    let parking: (right: Float, left: Float)
    /// Grass between road and sidewalk, in metres.
    let verge: Float
    /// The width of the sidewalks, in metres (0 without).
    let sidewalk: (right: Float, left: Float)
    /// The stations of the middles of junctions, in 0..<period.
    let junctions: [Float]
    /// Half the width of the crossing streets, in metres.
    let junctionHalf: Float
    private let bends: SIMD4<Float>

    /// The offsets of the right and the left edge of the road.
    let edges: (right: Float, left: Float)

    init(setting: SceneSetting, random: inout RandomSource) {
        side = random.uniform() < 0.8 ? 1 : -1
        laneWidth = random.uniform(3, 3.7)
        switch setting {
        case .city:
            lanes = (1 + random.integer(below: 3), random.integer(below: 3))
            parking = (random.uniform() < 0.5 ? 2.2 : 0, random.uniform() < 0.5 ? 2.2 : 0)
            verge = random.uniform() < 0.25 ? random.uniform(0.8, 2) : 0
            sidewalk = (random.uniform(2, 5.5), random.uniform(2, 5.5))
        case .suburb:
            lanes = (1, 1)
            parking = (random.uniform() < 0.4 ? 2.1 : 0, random.uniform() < 0.4 ? 2.1 : 0)
            verge = random.uniform() < 0.5 ? random.uniform(0.8, 2.5) : 0
            sidewalk = (random.uniform(1.3, 2.5), random.uniform() < 0.8 ? random.uniform(1.3, 2.5) : 0)
        case .country:
            lanes = (1 + random.integer(below: 2), random.uniform() < 0.75 ? 1 : 0)
            parking = (0, 0)
            verge = 0
            sidewalk = (random.uniform() < 0.25 ? 1.5 : 0, 0)
        }
        let own = laneWidth * Float(lanes.own)
        let other = laneWidth * Float(lanes.other)
        edges =
            side > 0 ? (own + parking.right, -other - parking.left) : (other + parking.right, -own - parking.left)
        junctionHalf = random.uniform(4, 7)
        let count = setting == .city ? (random.uniform() < 0.75 ? 2 : 1) : (random.uniform() < 0.7 ? 1 : 0)
        let first = random.uniform(0, Self.period)
        junctions = (0..<count).map { (first + Float($0) * 120).truncatingRemainder(dividingBy: Self.period) }
        let swing: Float = setting == .city ? 0.5 : 1.2
        bends = [
            random.uniform(-6, 6) * swing, random.uniform(), random.uniform(-1.2, 1.2) * swing, random.uniform(),
        ]
    }

    /// The x of the middle line at a station.
    func middle(_ z: Float) -> Float {
        let turns = z * (1 / Self.period)
        return bends.x * sineOfTurns(turns + bends.y) + bends.z * sineOfTurns(2 * turns + bends.w)
    }

    /// The direction of the road at a station: (x, z) of length one.
    func heading(_ z: Float) -> SIMD2<Float> {
        let slope = (middle(z + 1) - middle(z - 1)) / 2
        let length = (1 + slope * slope).squareRoot()
        return SIMD2(slope / length, 1 / length)
    }

    /// Metres along the road from a station to the middle of the nearest junction; infinite without one.
    func distanceToJunction(_ z: Float) -> Float {
        var nearest = Float.infinity
        for junction in junctions {
            let turns = (z - junction) * (1 / Self.period)
            nearest = min(nearest, abs(turns - Float(floorInteger(turns + 0.5))) * Self.period)
        }
        return nearest
    }

    /// What lies at a point of the ground.
    func place(x: Float, z: Float) -> Place {
        let offset = x - middle(z)
        let right = offset > (edges.right + edges.left) / 2
        let beyond = right ? offset - edges.right : edges.left - offset
        let toJunction = distanceToJunction(z)
        let width = right ? sidewalk.right : sidewalk.left
        let ground: Ground
        if beyond < 0 || toJunction < junctionHalf {
            ground = .road
        } else if width > 0, (beyond >= verge && beyond < verge + width) || toJunction < junctionHalf + width {
            ground = .sidewalk
        } else {
            ground = .terrain
        }
        return Place(ground: ground, offset: offset, beyond: beyond, toJunction: toJunction)
    }

    /// The offset of the middle of a lane of the camera's direction (`own`) or the other, counted from the middle line.
    func lane(_ index: Int, own: Bool) -> Float {
        (own ? side : -side) * laneWidth * (Float(index) + 0.5)
    }
}
