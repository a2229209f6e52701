import SGCBase

extension SceneBuilder {
    /// Pedestrians on sidewalks and crossings, cyclists, parked bicycles.
    mutating func addPeople() {
        let crowd = setting == .city ? random.integer(below: 26) + 4 : random.integer(below: 9)
        for _ in 0..<crowd {
            let side: Float = chance(0.5) ? 1 : -1
            let end = sidewalkEnd(side)
            let direction: Float = chance(0.5) ? 1 : -1
            var object = SceneObject(
                station: random.uniform(0, Road.period),
                offset: beyondEdge(side, end > 0 ? random.uniform(0.7, max(end - 0.4, 0.9)) : random.uniform(0.6, 2)))
            if chance(0.8) {
                object.speed = direction * random.uniform(0.7, 1.8)
                object.gait = abs(object.speed) * 0.65
                object.facing = [0, direction]
            } else {
                object.facing = [-side, 0]
            }
            addPerson(object)
            if chance(0.3) {
                object.offset += 0.7
                addPerson(object)
            }
        }
        for junction in road.junctions {
            for _ in 0..<random.integer(below: 5) {
                addCrossing(junction + (chance(0.5) ? 1 : -1) * (road.junctionHalf + random.uniform(0.8, 3)))
            }
        }
        for _ in 0..<random.integer(below: 3) { addCrossing(random.uniform(0, Road.period)) }
        for _ in 0..<(setting == .country ? random.integer(below: 6) : 4 + random.integer(below: 9)) { addCyclist() }
        for _ in 0..<(setting == .city ? 2 + random.integer(below: 4) : 2) { addParkedBicycles() }
    }

    private mutating func addCrossing(_ station: Float) {
        var object = SceneObject(station: station, offset: random.uniform(0, 60))
        object.stroll = random.uniform(0.9, 1.6)
        object.span = max(road.edges.right, -road.edges.left) + 1
        object.gait = object.stroll * 0.65
        addPerson(object)
    }

    private mutating func skin() -> Material {
        Material(
            kind: .plain,
            primary: pick([color(225, 180, 150), color(190, 140, 105), color(140, 95, 65), color(85, 58, 42)]),
            scale: 9, contrast: 0.15)
    }

    private mutating func garment() -> Material {
        var material = Material(
            kind: .cloth, primary: hue(brightness: 0.1...0.8, saturation: random.uniform(0.05, 0.8)))
        material.secondary = hue(brightness: 0.1...0.9, saturation: 0.4)
        material.scale = random.uniform(6, 14)
        material.style = chance(0.25) ? 1 : 0
        material.seed = random.nextWord()
        return material
    }

    private func limb(_ from: Vector3, _ to: Vector3, _ radius: Float, _ material: Material, _ label: SceneClass)
        -> Part
    {
        let length = dot(to - from, to - from).squareRoot()
        return Part(
            shape: .frustum(Frustum(bottomRadius: radius, topRadius: radius * 0.72, height: length)),
            pose: Pose(from: from, toward: to), material: material, label: label)
    }

    /// The measures of a person, in metres.
    private struct Figure {
        let height: Float
        /// Half the width of the hips.
        let bulk: Float
        var hip: Float { height * 0.5 }
        var shoulder: Float { height * 0.82 }
    }

    private mutating func addPerson(_ object: SceneObject) {
        let height = chance(0.12) ? random.uniform(1.05, 1.4) : random.uniform(1.55, 1.92)
        let figure = Figure(height: height, bulk: height * random.uniform(0.085, 0.12))
        let top = garment()
        let trousers = garment()
        var pieces = limbs(of: figure, top, trousers)
        if chance(0.15) {
            // A skirt.
            let hem = Vector3(0, figure.hip * 0.5, 0)
            pieces.append(limb(hem, [0, figure.hip + 0.1, 0], figure.bulk * 1.25, trousers, .person))
        }
        pieces += trunk(of: figure, top) + head(of: figure)
        if chance(0.25) {
            let bag = Material(kind: .plain, primary: hue(brightness: 0.1...0.6, saturation: 0.6), scale: 8)
            pieces.append(
                Part(
                    shape: .box(figure.bulk * 0.9, figure.bulk * 1.3, figure.bulk * 0.5),
                    pose: Pose(origin: [0, figure.shoulder - figure.bulk * 1.5, -figure.bulk]),
                    material: bag, label: .person))
        }
        if conditions.rain > 0, chance(0.6) {
            pieces.append(
                Part(
                    shape: .ellipsoid([0.55, 0.2, 0.55]), pose: Pose(origin: [0, height + 0.12, 0]),
                    material: garment(), label: .person))
        }
        add(object, pieces)
    }

    /// Legs and arms that swing against each other.
    private func limbs(of figure: Figure, _ top: Material, _ trousers: Material) -> [Part] {
        let bulk = figure.bulk
        return [-1, 1].flatMap { (side: Float) in
            var leg = limb(
                [side * bulk * 0.5, figure.hip, 0], [side * bulk * 0.55, 0, 0], bulk * 0.52, trousers, .person)
            leg.swing = 0.06
            leg.phase = side > 0 ? 0 : 0.5
            var arm = limb(
                [side * bulk * 1.15, figure.shoulder - 0.03, 0], [side * bulk * 1.35, figure.height * 0.45, 0],
                bulk * 0.35, top, .person)
            arm.swing = 0.05
            arm.phase = side > 0 ? 0.5 : 0
            return [leg, arm]
        }
    }

    /// The trunk in a jacket or a longer coat.
    private mutating func trunk(of figure: Figure, _ top: Material) -> [Part] {
        let bulk = figure.bulk
        let hem = figure.hip * (chance(0.3) ? 0.75 : 0.95)
        let block = Block(
            bottom: [bulk, bulk * 0.62], top: [bulk * 1.15, bulk * 0.6], halfHeight: (figure.shoulder - hem) / 2,
            shift: 0)
        return [
            Part(
                shape: .block(block), pose: Pose(origin: [0, (figure.shoulder + hem) / 2, 0]), material: top,
                label: .person)
        ]
    }

    private mutating func head(of figure: Figure) -> [Part] {
        let size = figure.height * 0.066
        let hues = [
            color(35, 28, 24), color(90, 60, 40), color(190, 160, 100), color(150, 148, 145), color(160, 50, 40),
        ]
        let hair = Material(kind: .plain, primary: pick(hues), scale: 12)
        return [
            Part(
                shape: .ellipsoid([size * 0.85, size * 1.15, size]),
                pose: Pose(origin: [0, figure.height - size * 1.15, 0]), material: skin(), label: .person),
            Part(
                shape: .ellipsoid([size * 0.95, size, size]),
                pose: Pose(origin: [0, figure.height - size * 0.85, -size * 0.3]), material: hair, label: .person),
        ]
    }

    /// A bicycle around the object's origin, looking along z.
    private mutating func bicycle(_ label: SceneClass) -> [Part] {
        let paint = Material(kind: .plain, primary: hue(brightness: 0.1...0.8, saturation: 0.7), scale: 2, gloss: 0.1)
        let rubber = Material(kind: .plain, primary: [0.02, 0.02, 0.02])
        var pieces = [-0.52, 0.52].map { (z: Float) in
            Part(
                shape: .frustum(Frustum(bottomRadius: 0.34, topRadius: 0.34, height: 0.05)),
                pose: Pose(from: [-0.025, 0.34, z], toward: [1, 0.34, z]), material: rubber, label: label,
                cutout: .spokes(radius: 0.34))
        }
        let bars: [(Vector3, Vector3)] = [
            ([0, 0.34, -0.52], [0, 0.32, -0.05]), ([0, 0.32, -0.05], [0, 0.85, -0.2]),
            ([0, 0.8, -0.18], [0, 0.8, 0.38]),
            ([0, 0.32, -0.05], [0, 0.8, 0.38]), ([0, 0.34, 0.52], [0, 0.98, 0.34]),
            ([-0.28, 1, 0.34], [0.28, 1, 0.34]),
        ]
        for (from, to) in bars { pieces.append(limb(from, to, 0.032, paint, label)) }
        pieces.append(
            Part(shape: .box(0.07, 0.03, 0.13), pose: Pose(origin: [0, 0.9, -0.22]), material: rubber, label: label))
        return pieces
    }

    private mutating func addCyclist() {
        let own = chance(0.6)
        let side = own ? road.side : -road.side
        var object = SceneObject(
            station: random.uniform(0, Road.period), offset: beyondEdge(side, -random.uniform(0.5, 0.9)))
        if side > 0 ? road.parking.right > 0 : road.parking.left > 0 { object.offset -= side * 2.1 }
        object.speed = (own ? 1 : -1) * random.uniform(3, 6.5)
        object.facing = [0, own ? 1 : -1]
        object.gait = 1.2
        var pieces = bicycle(.bicycle)
        let top = garment()
        let trousers = garment()
        for side: Float in [-1, 1] {
            var leg = limb([side * 0.1, 0.98, -0.2], [side * 0.1, 0.28, 0.08], 0.09, trousers, .rider)
            leg.swing = 0.05
            leg.phase = side > 0 ? 0 : 0.5
            pieces.append(leg)
            pieces.append(limb([side * 0.2, 1.42, 0.1], [side * 0.26, 1.02, 0.36], 0.055, top, .rider))
        }
        pieces.append(limb([0, 0.92, -0.24], [0, 1.52, 0.12], 0.2, top, .rider))
        pieces.append(
            Part(
                shape: .ellipsoid([0.1, 0.14, 0.12]), pose: Pose(origin: [0, 1.66, 0.2]), material: skin(),
                label: .rider))
        let helmet = Material(kind: .plain, primary: hue(brightness: 0.2...0.9, saturation: 0.6), scale: 6)
        pieces.append(
            Part(
                shape: .ellipsoid([0.12, 0.1, 0.15]), pose: Pose(origin: [0, 1.74, 0.18]), material: helmet,
                label: .rider))
        add(object, pieces)
    }

    private mutating func addParkedBicycles() {
        let side: Float = chance(0.5) ? 1 : -1
        let station = random.uniform(0, Road.period)
        guard isClear(station, half: 4) else { return }
        let distance = max(sidewalkEnd(side) - 1, 0.8)
        for index in 0..<(2 + random.integer(below: 6)) {
            var object = SceneObject(station: station + Float(index) * 0.6, offset: beyondEdge(side, distance))
            object.facing = chance(0.9) ? [side, 0] : [0, 1]
            add(object, bicycle(.bicycle))
        }
    }
}
