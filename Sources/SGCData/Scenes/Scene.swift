package import SGCBase

/// A small world with a road through it, seen from a vehicle: the same seed is the same world, bit for bit.
///
/// The world is a function of the seed and of time alone; every frame stands on its own. Nothing depends on the number
/// of threads, the order of frames or the machine.
package struct Scene: Sendable {
    let setting: SceneSetting
    let conditions: SceneConditions
    let road: Road
    let ground: GroundTexture
    let sky: Sky
    let parts: [Part]
    let objects: [SceneObject]
    let rig: CameraRig
    let seed: UInt64

    /// How the camera sits on its vehicle, and how that drives.
    struct CameraRig: Sendable {
        var station: Float
        /// The lane, counted from the middle line.
        var lane: Int
        var offset: Float
        /// Metres per second.
        var speed: Float
        /// Metres above the road.
        var height: Float
        /// To the right of the road, in turns.
        var yaw: Float
        /// Upward, in turns.
        var pitch: Float
        /// Clockwise, in turns.
        var roll: Float
        /// The tangent of half the horizontal angle of view, for an image twice as wide as high.
        var spread: Float
    }

    /// The world of a seed.
    package init(seed: UInt64) {
        self.seed = seed
        var random = RandomSource(seed: seed, stream: 0x5343_454E_4553)
        let pick = random.uniform()
        setting = pick < 0.52 ? .city : pick < 0.78 ? .suburb : .country
        conditions = SceneConditions(random: &random)
        road = Road(setting: setting, random: &random)
        ground = GroundTexture(setting: setting, random: &random)
        sky = Sky(
            conditions: conditions, ridgeHeight: random.uniform(0.02, 0.14),
            ridgeColor: Vector3(random.uniform(0.06, 0.16), random.uniform(0.09, 0.18), random.uniform(0.06, 0.14)),
            isTown: setting == .city || random.uniform() < 0.2, seed: random.nextWord())
        rig = Self.chooseRig(road, &random)
        var builder = SceneBuilder(
            random: random.split(1), setting: setting, road: road, conditions: conditions, rig: rig)
        builder.build()
        parts = builder.parts
        objects = builder.objects
    }

    private static func chooseRig(_ road: Road, _ random: inout RandomSource) -> CameraRig {
        let lane = random.integer(below: road.lanes.own)
        var rig = CameraRig(
            station: random.uniform(0, Road.period), lane: lane,
            offset: road.lane(lane, own: true) + random.uniform(-0.4, 0.4),
            speed: random.uniform(3, 14), height: random.uniform(1.2, 1.9), yaw: random.uniform(-0.02, 0.02),
            pitch: random.uniform(-0.018, 0.006), roll: random.uniform(-0.004, 0.004), spread: random.uniform(0.55, 1))
        if let junction = road.junctions.first, random.uniform() < 0.35 {
            rig.station = junction - road.junctionHalf - random.uniform(6, 32)
        }
        if random.uniform() < 0.2 { rig.height = random.uniform(1.9, 3) }
        if random.uniform() < 0.18 { rig.yaw = random.uniform(-0.13, 0.13) }
        return rig
    }

    /// The longest time from the start, in seconds, that has a frame.
    package static let longestTime = 600.0

    /// The view at a time.
    ///
    /// - Parameters:
    ///   - time: seconds from the start, within ±``longestTime``. Sequences usually take 10 to 12 frames per second.
    ///   - width: pixels, 8 or more.
    ///   - height: pixels, 8 or more.
    /// - Throws: `.argument` when a side is outside 8...`PixelImage.largestSide`, `.range` when the time is.
    /// - Complexity: O(width · height).
    package func frame(time: Double, width: Int, height: Int) throws(SGCError) -> SceneFrame {
        guard (8...PixelImage.largestSide).contains(width), (8...PixelImage.largestSide).contains(height) else {
            throw SGCError(
                .argument, "scene: expected sides in 8...\(PixelImage.largestSide), got \(width)x\(height)")
        }
        guard time >= -Self.longestTime, time <= Self.longestTime else {
            throw SGCError(.range, "scene: expected a time within ±\(Self.longestTime) s, got \(time)")
        }
        var renderer = SceneRenderer(scene: self, time: time, width: width, height: height)
        return try renderer.render()
    }

    /// The camera at a time.
    func camera(time: Double, width: Int, height: Int) -> SceneCamera {
        let z = Float(Double(rig.station) + Double(rig.speed) * time)
        let ahead = road.heading(z)
        // Springs let the vehicle rise and nod a little as it drives.
        let nod = 0.0012 * SceneNoise.smooth(z * 0.35, 0.5, UInt32(truncatingIfNeeded: seed))
        let origin = Vector3(road.middle(z) + rig.offset, rig.height, z)
        let c = cosineOfTurns(rig.yaw)
        let s = sineOfTurns(rig.yaw)
        let forward = normalize([ahead.x * c + ahead.y * s, 0, ahead.y * c - ahead.x * s])
        let pose = Pose(origin: origin, heading: [forward.x, forward.z]).pitched(-(rig.pitch + nod)).rolled(rig.roll)
        let focal = Float(width + height) / (3 * rig.spread)
        return SceneCamera(pose: pose, focal: focal, width: width, height: height)
    }
}
