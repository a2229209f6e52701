import SGCBase

extension SceneBuilder {
    /// Garden fences, walls and guard rails.
    mutating func addFences() {
        for side: Float in [-1, 1] {
            guard chance(setting == .city ? 0.45 : 0.75) else { continue }
            let rail = setting == .country && chance(0.6) || (setting == .city && chance(0.4))
            let distance = rail ? random.uniform(0.3, 0.6) : sidewalkEnd(side) + random.uniform(0.2, 1)
            let style = random.integer(below: 3)
            let height = rail ? 0.35 : random.uniform(0.5, 0.95)
            let paint = pick([
                color(225, 222, 215), color(110, 80, 55), color(60, 62, 60), color(45, 75, 50), color(160, 150, 140),
            ])
            var material = Material(kind: .plain, primary: paint, scale: 2, contrast: 0.4, seed: random.nextWord())
            var cutout = Cutout.none
            if rail {
                cutout = chance(0.5) ? .none : .bars(pitch: 0.4, half: height)
            } else if style == 0 {
                cutout = .bars(pitch: random.uniform(0.15, 0.35), half: height)
            } else if style == 1 {
                cutout = .mesh(pitch: random.uniform(0.2, 0.4))
            } else {
                material.kind = .masonry
                material.scale = random.uniform(0.3, 0.8)
                material.secondary = paint * 0.5
            }
            let share: Float = rail ? 0.9 : 0.65
            for segment in 0..<30 where chance(share) {
                let station = Float(segment) * 8 + 4
                guard isClear(station, half: 5) else { continue }
                var pose = Pose(origin: [0, rail ? 0.6 : height, 0], heading: [1, 0])
                if case .none = cutout { pose = Pose(origin: pose.origin) }
                var pieces = [
                    Part(shape: .plate([4, height]), pose: pose, material: material, label: .fence, cutout: cutout)
                ]
                if case .none = cutout { pieces[0].shape = .box(0.08, rail ? 0.16 : height, 4) }
                let post = Part(
                    shape: .box(0.06, height + 0.05, 0.06), pose: Pose(origin: [0, height, -4]), material: material,
                    label: .fence)
                pieces.append(post)
                add(SceneObject(station: station, offset: beyondEdge(side, distance)), pieces)
            }
        }
    }

    /// Lamps, poles, signs and traffic lights.
    mutating func addStreetFurniture() {
        let metal = Material(
            kind: .plain, primary: Vector3(repeating: random.uniform(0.03, 0.4)), scale: 2, gloss: 0.1)
        for side: Float in [-1, 1] {
            if chance(0.75) { addLamps(side, metal) }
            if setting == .city, chance(0.35) { addBollards(side) }
            let signs = setting == .city ? 12 : 8
            for _ in 0..<signs { addSign(side, metal) }
        }
        if chance(0.3) { addGantry(metal) }
        for junction in road.junctions where chance(setting == .country ? 0.6 : 0.95) {
            addTrafficLights(junction, metal)
        }
    }

    private mutating func addLamps(_ side: Float, _ metal: Material) {
        let wooden = setting != .city && chance(0.4)
        let height = random.uniform(5, 9)
        let spacing = random.uniform(18, 35)
        let material =
            wooden ? Material(kind: .plain, primary: color(105, 85, 65), scale: 4, contrast: 0.6) : metal
        let lamp = Material(kind: .lamp, primary: Vector3(repeating: 0.6), secondary: [2.5, 1.9, 1.1])
        var station = random.uniform(0, spacing)
        while station < Road.period {
            var pieces = [
                Part(
                    shape: .frustum(Frustum(bottomRadius: wooden ? 0.16 : 0.1, topRadius: 0.06, height: height)),
                    pose: Pose(), material: material, label: .pole)
            ]
            if wooden {
                pieces.append(
                    Part(
                        shape: .box(0.9, 0.07, 0.07), pose: Pose(origin: [0, height - 0.5, 0]), material: material,
                        label: .pole))
            } else {
                let end = Vector3(-side * random.uniform(1.2, 2.6), height + 0.35, 0)
                let arm = Frustum(
                    bottomRadius: 0.06, topRadius: 0.05,
                    height: dot(end - [0, height, 0], end - [0, height, 0]).squareRoot())
                pieces.append(
                    Part(
                        shape: .frustum(arm), pose: Pose(from: [0, height, 0], toward: end), material: material,
                        label: .pole))
                pieces.append(
                    Part(shape: .box(0.4, 0.08, 0.16), pose: Pose(origin: end), material: lamp, label: .pole))
            }
            if isClear(station, half: 0) {
                add(SceneObject(station: station, offset: beyondEdge(side, random.uniform(0.35, 0.6))), pieces)
            }
            station += spacing
        }
    }

    private mutating func addBollards(_ side: Float) {
        let material = Material(
            kind: .cloth, primary: pick([color(60, 60, 60), color(170, 165, 150)]), secondary: [0.8, 0.8, 0.75],
            rise: 0.8, style: 2)
        let spacing = random.uniform(2.5, 5)
        let first = random.uniform(0, 160)
        for index in 0..<16 {
            let station = first + Float(index) * spacing
            guard isClear(station, half: 0) else { continue }
            let part = Part(
                shape: .frustum(Frustum(bottomRadius: 0.08, topRadius: 0.08, height: 0.95)), pose: Pose(),
                material: material, label: .pole)
            add(SceneObject(station: station, offset: beyondEdge(side, 0.3)), [part])
        }
    }

    private mutating func addSign(_ side: Float, _ metal: Material) {
        let station = random.uniform(0, Road.period)
        guard isClear(station, half: -1) else { return }
        let half = random.uniform(0.32, 0.5)
        var face = Material(kind: .sign, primary: color(235, 180, 30), scale: half, rise: half)
        face.style = UInt32(random.integer(below: 6))
        face.seed = random.nextWord()
        face.secondary = [0.85, 0.85, 0.83]
        var size: SIMD2<Float> = [half, half]
        var cutout = Cutout.none
        switch face.style {
        case 0: cutout = .disc(size)
        case 1: cutout = .triangle(size)
        case 2: cutout = chance(0.5) ? .disc(size) : .none
        case 3: cutout = .octagon(size)
        case 4: cutout = .diamond(size)
        default:
            size = [half * random.uniform(1.4, 2.4), half]
            face.scale = size.x
            face.primary = pick([
                color(30, 70, 150), color(25, 100, 60), color(225, 225, 220), color(220, 160, 30), color(100, 60, 35),
            ])
            if face.primary.x > 0.5 { face.secondary = [0.02, 0.02, 0.02] }
        }
        let height = random.uniform(2.1, 2.7)
        var pieces = [
            Part(
                shape: .frustum(Frustum(bottomRadius: 0.04, topRadius: 0.04, height: height + half * 0.6)),
                pose: Pose(origin: [0, 0, 0.06]), material: metal, label: .pole),
            Part(
                shape: .plate(size), pose: Pose(origin: [0, height, 0]), material: face, label: .trafficSign,
                cutout: cutout),
        ]
        if chance(0.25) {
            // A small board under the sign.
            var board = face
            board.style = 9
            board.primary = [0.8, 0.8, 0.78]
            board.secondary = [0.02, 0.02, 0.02]
            board.scale = 0.4
            board.rise = 0.16
            pieces.append(
                Part(
                    shape: .plate([0.4, 0.16]), pose: Pose(origin: [0, height - half - 0.2, 0]), material: board,
                    label: .trafficSign))
        }
        var object = SceneObject(station: station, offset: beyondEdge(side, random.uniform(0.4, 0.9)))
        // Most signs face the traffic on their side of the road.
        if side != road.side ? !chance(0.35) : chance(0.1) { object.facing = [0, -1] }
        add(object, pieces)
    }

    /// A large board over the road.
    private mutating func addGantry(_ metal: Material) {
        let station = random.uniform(0, Road.period)
        let left = road.edges.left - 0.8
        let right = road.edges.right + 0.8
        let span = right - left
        let height = random.uniform(5.4, 6.2)
        var face = Material(
            kind: .sign, primary: pick([color(30, 70, 150), color(20, 95, 60), color(30, 70, 150)]),
            secondary: [0.85, 0.85, 0.83])
        face.scale = min(3.2, span * 0.3)
        face.rise = 1
        face.style = 9
        face.seed = random.nextWord()
        let post = Shape.frustum(Frustum(bottomRadius: 0.14, topRadius: 0.12, height: height + 0.6))
        let beam = Shape.box(span / 2, 0.12, 0.12)
        let pieces = [
            Part(shape: post, pose: Pose(origin: [-span / 2, 0, 0]), material: metal, label: .pole),
            Part(shape: post, pose: Pose(origin: [span / 2, 0, 0]), material: metal, label: .pole),
            Part(shape: beam, pose: Pose(origin: [0, height + 0.4, 0]), material: metal, label: .pole),
            Part(
                shape: .plate([face.scale, face.rise]), pose: Pose(origin: [road.side * span * 0.2, height, -0.2]),
                material: face, label: .trafficSign),
        ]
        add(SceneObject(station: station, offset: (left + right) / 2), pieces)
    }

    private mutating func addTrafficLights(_ junction: Float, _ metal: Material) {
        let lit = UInt32(random.integer(below: 3))
        let hanging = chance(0.6)
        for (side, near) in [(1, -1), (-1, -1), (1, 1), (-1, 1)] as [(Float, Float)] {
            // Lights before the junction face back, those behind it face the other way or repeat for the far side.
            var head = Material(
                kind: .signal, primary: chance(0.3) ? [0.5, 0.35, 0.03] : [0.012, 0.014, 0.013], scale: 0.13, rise: 0.52
            )
            head.style = near < 0 ? lit : 2 - lit
            let height = random.uniform(2.7, 3.4)
            let housing = Shape.box(0.2, 0.52, 0.16)
            let arm = hanging && near * side * road.side < 0 ? min(6, road.laneWidth * 1.3) : 0
            let tall: Float = arm > 0 ? 6 : height
            var pieces = [
                Part(
                    shape: .frustum(Frustum(bottomRadius: 0.09, topRadius: 0.07, height: tall)),
                    pose: Pose(origin: [0, 0, 0.25]), material: metal, label: .pole),
                Part(
                    shape: housing, pose: Pose(origin: [0, height - 0.5, 0]), material: head,
                    label: .trafficLight),
            ]
            let facesBack = side == road.side || (near > 0 && chance(0.5))
            if arm > 0 {
                let inward = facesBack ? -side : side
                pieces.append(
                    Part(
                        shape: .frustum(Frustum(bottomRadius: 0.06, topRadius: 0.05, height: arm)),
                        pose: Pose(from: [0, tall - 0.1, 0.25], toward: [inward * arm, tall - 0.1, 0.25]),
                        material: metal, label: .pole))
                pieces.append(
                    Part(
                        shape: housing, pose: Pose(origin: [inward * arm * 0.96, tall - 0.3, 0]), material: head,
                        label: .trafficLight))
            }
            let station = junction + near * (road.junctionHalf + 0.6)
            var object = SceneObject(station: station, offset: beyondEdge(side, 0.5))
            if !facesBack { object.facing = [0, -1] }
            add(object, pieces)
        }
    }
}
