import SGCBase

extension SceneBuilder {
    /// Vehicles in the lanes, parked ones at the side, waiting ones in the crossing streets.
    mutating func addTraffic() {
        let busy = random.uniform(0.15, 1)
        for own in [true, false] {
            for index in 0..<(own ? road.lanes.own : road.lanes.other) {
                let offset = road.lane(index, own: own)
                // All vehicles of a lane go at one speed, so that none meets another.
                let isCameraLane = own && index == rig.lane
                let speed = isCameraLane ? rig.speed : (own ? 1 : -1) * random.uniform(3, 14)
                var station = random.uniform(8, 30)
                while station < Road.period - 8 {
                    if chance(busy), !isCameraLane || isFree(station) {
                        var object = SceneObject(
                            station: station, offset: offset + random.uniform(-0.3, 0.3), speed: speed)
                        if !own { object.facing = [0, -1] }
                        addVehicle(object, heavy: 0.24)
                    }
                    station += random.uniform(13, 34)
                }
            }
        }
        for side: Float in [-1, 1] {
            let width = side > 0 ? road.parking.right : road.parking.left
            guard width > 0 else { continue }
            let filled = random.uniform(0.3, 0.95)
            for slot in 0..<38 where chance(filled) {
                let station = Float(slot) * 6.3 + 3
                guard isClear(station, half: 6) else { continue }
                var object = SceneObject(station: station + random.uniform(-0.4, 0.4), offset: beyondEdge(side, -1.1))
                if chance(side == road.side ? 0.15 : 0.8) { object.facing = [0, -1] }
                addCar(object)
            }
        }
        for junction in road.junctions {
            for side: Float in [-1, 1] where chance(0.6) {
                let object = SceneObject(
                    station: junction - side * 2, offset: beyondEdge(side, random.uniform(4, 12)), facing: [-side, 0])
                addVehicle(object, heavy: 0.2)
            }
        }
    }

    /// Whether a vehicle at a station keeps its distance to the camera, whose speed it has.
    private func isFree(_ station: Float) -> Bool {
        let turns = (station - rig.station) / Road.period
        let ahead = (turns - Float(floorInteger(turns))) * Road.period
        return ahead > 12 && ahead < Road.period - 9
    }

    private mutating func addVehicle(_ object: SceneObject, heavy: Float) {
        if chance(heavy) {
            if chance(0.58) { addTruck(object) } else { addBus(object) }
        } else {
            addCar(object)
        }
    }

    /// The colour of paint: mostly black, white and grey, sometimes anything.
    private mutating func paint() -> Vector3 {
        if chance(0.5) {
            let grey = pick([0.012, 0.03, 0.09, 0.2, 0.4, 0.78]) as Float
            return Vector3(grey, grey, grey * random.uniform(0.95, 1.1))
        }
        return hue(brightness: 0.22...0.7, saturation: random.uniform(0.25, 0.75))
    }

    /// Four or more wheels: pairs at these places along the vehicle.
    private func wheels(at places: [Float], halfWidth: Float, radius: Float, label: SceneClass) -> [Part] {
        let tyre = Material(
            kind: .tyre, primary: [0.012, 0.012, 0.013], secondary: [0.35, 0.35, 0.36], scale: radius * 0.62)
        return places.flatMap { z in
            [-1, 1].map { (side: Float) in
                Part(
                    shape: .frustum(Frustum(bottomRadius: radius, topRadius: radius, height: 0.22)),
                    pose: Pose(
                        from: [side * (halfWidth - 0.2), radius, z], toward: [side * (halfWidth + 1), radius, z]),
                    material: tyre, label: label)
            }
        }
    }

    private mutating func addCar(_ object: SceneObject) {
        let kind = random.uniform()
        let isVan = kind < 0.14
        let isTall = kind < 0.4
        let length = isVan ? random.uniform(4.6, 5.3) : random.uniform(3.6, 4.8)
        let half = random.uniform(0.84, 0.97)
        let bodyHalf: Float = isVan ? 0.45 : isTall ? 0.4 : 0.33
        let cabinHalf: Float = isVan ? 0.48 : isTall ? 0.34 : random.uniform(0.25, 0.3)
        let paint = paint()
        var body = Material(kind: .bodywork, primary: paint, secondary: paint * 0.4, scale: length / 2, rise: bodyHalf)
        body.fill = half
        body.gloss = 0.14
        body.style = random.nextWord() & 7
        body.seed = random.nextWord()
        if body.style & 6 == 2, chance(0.5) { body.secondary = hue(brightness: 0.3...0.7, saturation: 0.6) }
        let cabinLength = isVan ? length * 0.86 : isTall ? length * 0.68 : length * random.uniform(0.5, 0.62)
        let back = isVan ? -length * 0.06 : kind < 0.65 ? -length * 0.14 : -length * 0.05
        let cabin = Material(
            kind: .cabin, primary: paint, scale: cabinLength / 2, rise: cabinHalf, fill: half * 0.85, gloss: 0.14)
        let low: Float = 0.24
        let bodyBlock = Block(
            bottom: [half, length / 2], top: [half * 0.93, length * 0.475], halfHeight: bodyHalf, shift: 0)
        let slope = isVan || isTall ? 0.82 : random.uniform(0.55, 0.7) as Float
        let cabinBlock = Block(
            bottom: [half * 0.92, cabinLength / 2], top: [half * 0.74, cabinLength / 2 * slope], halfHeight: cabinHalf,
            shift: isVan ? -0.12 : -0.1)
        var pieces = [
            Part(
                shape: .block(bodyBlock), pose: Pose(origin: [0, low + bodyHalf, 0]), material: body, label: .car),
            Part(
                shape: .block(cabinBlock), pose: Pose(origin: [0, low + 2 * bodyHalf + cabinHalf - 0.01, back]),
                material: cabin, label: .car),
        ]
        pieces += wheels(
            at: [-length * 0.31, length * 0.32], halfWidth: half, radius: isTall ? 0.35 : 0.31, label: .car)
        if chance(0.08) {
            // A taxi's sign, or a box on the roof.
            let top = low + 2 * bodyHalf + 2 * cabinHalf
            let box = Material(
                kind: .lamp, primary: pick([color(240, 200, 60), color(40, 40, 42)]), secondary: [0.9, 0.7, 0.2])
            pieces.append(
                Part(
                    shape: .box(0.35, 0.12, chance(0.5) ? 0.12 : 0.7), pose: Pose(origin: [0, top + 0.1, back]),
                    material: box, label: .car))
        }
        add(object, pieces)
    }

    private mutating func addTruck(_ object: SceneObject) {
        let length = random.uniform(6.5, 11)
        let half: Float = 1.22
        let cabHalf: Float = random.uniform(0.95, 1.25)
        var cab = Material(kind: .panel, primary: paint(), rise: cabHalf, fill: 1, gloss: 0.12)
        cab.seed = random.nextWord()
        let front = Block(bottom: [half, 0.95], top: [half * 0.95, 0.85], halfHeight: cabHalf, shift: -0.08)
        var pieces = [
            Part(
                shape: .block(front), pose: Pose(origin: [0, 0.5 + cabHalf, length / 2 - 0.95]), material: cab,
                label: .truck),
            Part(
                shape: .box(half * 0.9, 0.14, length / 2 - 0.1), pose: Pose(origin: [0, 0.68, -0.05]),
                material: Material(kind: .plain, primary: [0.02, 0.02, 0.02]), label: .truck),
        ]
        pieces += load(behind: length, half)
        pieces += wheels(
            at: [-length * 0.36, -length * 0.24, length / 2 - 1.1], halfWidth: half, radius: 0.48, label: .truck)
        add(object, pieces)
    }

    /// What a truck of this length carries behind its cab: a box, a tank, or a heap in a tipper.
    private mutating func load(behind length: Float, _ half: Float) -> [Part] {
        let halfLength = (length - 2.1) / 2
        let halfHeight = random.uniform(1, 1.45)
        let middle = halfLength - length / 2
        let plain = chance(0.45)
        var cargo = Material(
            kind: .panel,
            primary: plain
                ? Vector3(repeating: random.uniform(0.5, 0.85)) : hue(brightness: 0.25...0.75, saturation: 0.4),
            rise: halfHeight)
        cargo.secondary = hue(brightness: 0.2...0.8, saturation: 0.7)
        cargo.accent = hue(brightness: 0.3...0.8, saturation: 0.6)
        cargo.style = random.nextWord() & 15
        cargo.seed = random.nextWord()
        let kind = random.uniform()
        if kind < 0.66 {
            return [
                Part(
                    shape: .box(half + 0.03, halfHeight, halfLength),
                    pose: Pose(origin: [0, 0.85 + halfHeight, middle]), material: cargo, label: .truck)
            ]
        }
        if kind < 0.83 {
            cargo.kind = .plain
            cargo.gloss = 0.3
            return [
                Part(
                    shape: .frustum(Frustum(bottomRadius: 1.05, topRadius: 1.05, height: 2 * halfLength)),
                    pose: Pose(from: [0, 1.9, -length / 2], toward: [0, 1.9, length / 2]), material: cargo,
                    label: .truck)
            ]
        }
        cargo.style = 8
        let heap = Material(
            kind: .plain, primary: pick([color(120, 95, 70), color(110, 110, 108), color(150, 130, 95)]), scale: 3,
            contrast: 0.9)
        return [
            Part(
                shape: .box(half, 0.55, halfLength), pose: Pose(origin: [0, 1.4, middle]), material: cargo,
                label: .truck),
            Part(
                shape: .ellipsoid([half * 0.9, 0.75, halfLength * 0.9]), pose: Pose(origin: [0, 1.85, middle]),
                material: heap, label: .truck),
        ]
    }

    private mutating func addBus(_ object: SceneObject) {
        let length = random.uniform(8.5, 12)
        let halfHeight = chance(0.12) ? random.uniform(1.8, 2) : random.uniform(1.3, 1.5)
        var side = Material(
            kind: .panel,
            primary: chance(0.3) ? Vector3(repeating: 0.75) : hue(brightness: 0.35...0.8, saturation: 0.7),
            rise: halfHeight, fill: 1)
        side.secondary = hue(brightness: 0.2...0.7, saturation: 0.6)
        side.style = 2 | random.nextWord() & 1
        side.gloss = 0.1
        side.seed = random.nextWord()
        let block = Block(bottom: [1.25, length / 2], top: [1.2, length / 2 - 0.08], halfHeight: halfHeight, shift: 0)
        var pieces = [
            Part(shape: .block(block), pose: Pose(origin: [0, 0.35 + halfHeight, 0]), material: side, label: .bus)
        ]
        pieces += wheels(at: [-length * 0.28, length * 0.3], halfWidth: 1.25, radius: 0.47, label: .bus)
        add(object, pieces)
    }
}
