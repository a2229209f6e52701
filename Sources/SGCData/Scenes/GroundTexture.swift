import SGCBase

/// How road, sidewalk and terrain of one scene look.
struct GroundTexture: Sendable {
    private enum Paving: Int {
        case slabs
        case bricks
        case asphalt
    }

    private let asphalt: Vector3
    private let paint: Vector3
    private let centerPaint: Vector3
    private let centerStyle: Int
    private let hasEdgeLines: Bool
    private let wear: Float
    private let paving: Paving
    private let pavement: Vector3
    private let slab: Float
    private let lush: Vector3
    private let bare: Vector3
    private let bareShare: Float
    private let seed: UInt32

    /// A point of the ground and the size of a pixel there, in metres.
    struct Point {
        var x: Float
        var z: Float
        var across: Float
        var along: Float
        /// The size of a square pixel of the same area.
        var mean: Float
    }

    init(setting: SceneSetting, random: inout RandomSource) {
        let tone = random.uniform(0.24, 0.52)
        asphalt = Vector3(tone, tone * random.uniform(0.95, 1.02), tone * random.uniform(0.9, 1.08)) * tone
        paint = Vector3(repeating: random.uniform(0.45, 0.8))
        centerPaint = random.uniform() < 0.4 ? Vector3(0.75, 0.5, 0.06) : paint
        centerStyle = random.integer(below: 4)
        hasEdgeLines = random.uniform() < (setting == .city ? 0.45 : 0.8)
        wear = random.uniform(0, 0.8)
        paving = Paving(rawValue: random.integer(below: 3)) ?? .slabs
        let stones = [
            color(165, 160, 150), color(140, 138, 135), color(170, 125, 105), color(110, 105, 105),
            color(190, 180, 160),
        ]
        pavement = stones[random.integer(below: stones.count)] * random.uniform(0.7, 1.2)
        slab = random.uniform(0.4, 1.3)
        let lawns = [
            color(95, 125, 55), color(130, 140, 70), color(70, 100, 45), color(165, 155, 95), color(110, 120, 80),
        ]
        lush = lawns[random.integer(below: lawns.count)] * random.uniform(0.7, 1.3)
        let soils = [
            color(140, 110, 80), color(150, 145, 135), color(105, 85, 65), color(180, 165, 130), color(120, 115, 110),
        ]
        bare = soils[random.integer(below: soils.count)] * random.uniform(0.7, 1.2)
        bareShare = random.uniform() < 0.25 ? random.uniform(0.55, 1) : random.uniform(0, 0.5)
        seed = random.nextWord()
    }

    /// The look of the ground at a place.
    func look(_ place: Road.Place, _ at: Point, on road: Road) -> SurfaceLook {
        switch place.ground {
        case .road: roadLook(place, at, road)
        case .sidewalk: SurfaceLook(albedo: sidewalk(place, at), gloss: 0)
        case .terrain: SurfaceLook(albedo: terrain(at))
        }
    }

    private func noise(_ at: Point, _ frequency: Float, _ salt: UInt32) -> Float {
        SceneNoise.detail(at.x, at.z, frequency: frequency, footprint: at.mean, seed &+ salt)
    }

    private func roadLook(_ place: Road.Place, _ at: Point, _ road: Road) -> SurfaceLook {
        var tone = 1 + 0.35 * noise(at, 0.23, 1) + 0.3 * noise(at, 2.1, 2) + 0.45 * noise(at, 11, 3)
        let lane = place.offset / road.laneWidth
        // Wheels polish two tracks in every lane; repairs leave patches; frost leaves cracks.
        let track = abs(abs(fraction(lane) - 0.5) - 0.25)
        tone *= 1 - 0.16 * saturate(1 - track * 9)
        let patch = SceneNoise.bits(floorInteger(lane * 1.5), floorInteger(at.z / 7), seed &+ 4)
        if patch & 15 < 2 { tone *= patch & 16 == 0 ? 0.68 : 1.25 }
        let vein = abs(noise(at, 0.5, 5) + 0.4 * noise(at, 1.9, 6))
        if wear > 0.3, at.mean < 0.15, vein < 0.012 { tone *= 0.5 }
        if place.beyond > -0.35 { tone *= 0.8 + 0.3 * noise(at, 1.1, 7) }
        var result = SurfaceLook(albedo: asphalt * tone)
        let manhole = SceneNoise.bits(floorInteger(at.x / 5), floorInteger(at.z / 14), seed &+ 8)
        if manhole & 7 == 0 {
            let x = fraction(at.x / 5) * 5 - 2.5
            let z = fraction(at.z / 14) * 14 - 7
            if x * x + z * z < 0.13 { result.albedo = Vector3(0.035, 0.033, 0.03) }
        }
        let worn = saturate(1 - wear * (0.55 + 1.4 * noise(at, 1.7, 9)))
        let isCenter = centerStyle < 3 && abs(place.offset) < 0.5
        result.albedo = mix(result.albedo, isCenter ? centerPaint : paint, marks(place, at, road) * worn)
        return result
    }

    /// How much of the pixel is painted, 0...1.
    private func marks(_ place: Road.Place, _ at: Point, _ road: Road) -> Float {
        let toCrossing = place.toJunction - road.junctionHalf
        if place.beyond >= 0 || toCrossing < 0.6 { return 0 }
        if toCrossing < 3.4 { return repeated(place.offset, period: 1, painted: 0.5, at.across) }
        let v = place.offset * road.side
        if toCrossing < 4.6 {
            return v > 0 || toCrossing > 4.1 && road.lanes.other == 0 ? band(toCrossing - 4.3, half: 0.2, at.along) : 0
        }
        let lanes = road.lanes
        let index = min(Float(lanes.own), max(-Float(lanes.other), Float(floorInteger(v / road.laneWidth + 0.5))))
        let distance = abs(v - index * road.laneWidth)
        let line = band(distance, half: 0.075, at.across)
        if index == Float(lanes.own) || index == -Float(lanes.other) { return hasEdgeLines ? line : 0 }
        let dashes = repeated(at.z, period: 9, painted: 0.4, at.along)
        guard index == 0 else { return line * dashes }
        switch centerStyle {
        case 0: return band(distance - 0.16, half: 0.06, at.across)
        case 1: return line
        case 2: return line * dashes
        default: return hasEdgeLines ? line * dashes : 0
        }
    }

    /// The share of a pixel of this size inside a band of half width `half`, seen `distance` from its middle.
    private func band(_ distance: Float, half: Float, _ size: Float) -> Float {
        let reach = max(size, 0.01) / 2
        return max(0, min(distance + reach, half) - max(distance - reach, -half)) / (2 * reach)
    }

    /// The painted share of a pixel over stripes that repeat.
    private func repeated(_ x: Float, period: Float, painted: Float, _ size: Float) -> Float {
        let blur = saturate(size / period * 1.5)
        let half = painted * period / 2
        return mix(band(abs(fraction(x / period) - 0.5) * period, half: half, size), painted, blur)
    }

    private func sidewalk(_ place: Road.Place, _ at: Point) -> Vector3 {
        let grain = 1 + 0.4 * noise(at, 0.4, 11) + 0.35 * noise(at, 3, 12) + 0.3 * noise(at, 13, 13)
        if place.beyond >= 0, place.beyond < 0.18 { return Vector3(0.36, 0.36, 0.35) * grain }
        guard paving != .asphalt else { return pavement * (0.45 * grain) }
        let size = paving == .bricks ? slab * 0.35 : slab
        let row = floorInteger(at.z / size)
        let shifted = place.offset / size + (paving == .bricks && row & 1 == 0 ? 0.5 : 0)
        let visible = saturate(1.7 - 1.7 * at.mean / size)
        let tone = 1 + visible * 0.35 * (SceneNoise.cell(floorInteger(shifted), row, seed &+ 14) - 0.5)
        let across = min(fraction(shifted), 1 - fraction(shifted)) * size
        let along = min(fraction(at.z / size), 1 - fraction(at.z / size)) * size
        let joint = max(band(across, half: 0.012, at.across), band(along, half: 0.012, at.along)) * visible
        return pavement * (grain * tone * (1 - 0.6 * joint))
    }

    private func terrain(_ at: Point) -> Vector3 {
        let patches = noise(at, 0.12, 21) + 0.6 * noise(at, 0.55, 22) + 0.35 * noise(at, 2.7, 23)
        let share = smoothStep(-0.12, 0.12, patches + bareShare - 0.5)
        let blades = 1 + 0.5 * noise(at, 4, 24) + 0.75 * noise(at, 15, 25)
        return mix(lush * blades, bare * (1 + 0.35 * noise(at, 6, 26)), share)
    }
}
