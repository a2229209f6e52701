import SGCBase

extension SceneBuilder {
    /// Trees along the road and behind it, bushes, hedges.
    mutating func addVegetation() {
        for side: Float in [-1, 1] {
            let density: Float = setting == .city ? random.uniform(0, 0.7) : random.uniform(0.3, 0.95)
            let spacing = random.uniform(7, 14)
            var station = random.uniform(0, spacing)
            while station < Road.period {
                if chance(density), isClear(station, half: 3) {
                    let end = sidewalkEnd(side)
                    let distance = end > 2 && setting == .city ? random.uniform(0.6, 1.2) : end + random.uniform(0.8, 4)
                    addTree(station, beyondEdge(side, distance), small: setting == .city)
                }
                station += spacing * random.uniform(0.7, 1.3)
            }
            let count = setting == .country ? 32 : setting == .suburb ? 14 : 6
            for _ in 0..<count {
                let distance = sidewalkEnd(side) + random.uniform(7, setting == .country ? 45 : 28)
                addTree(random.uniform(0, Road.period), beyondEdge(side, distance), small: false)
            }
            addBushes(side)
        }
    }

    private mutating func addBushes(_ side: Float) {
        let count = setting == .city ? 5 : 16
        for _ in 0..<count {
            let station = random.uniform(0, Road.period)
            guard isClear(station, half: 2) else { continue }
            let distance = sidewalkEnd(side) + random.uniform(0.8, setting == .city ? 2 : 9)
            let radius = random.uniform(0.5, 1.4)
            let material = leaves(frequency: 3)
            var pieces: [Part] = []
            for index in 0..<(1 + random.integer(below: 3)) {
                let r = radius * random.uniform(0.7, 1.1)
                pieces.append(
                    Part(
                        shape: .ellipsoid([r, r * random.uniform(0.7, 1.2), r]),
                        pose: Pose(origin: [random.uniform(-0.4, 0.4), r * 0.6, Float(index) * radius]),
                        material: material, label: .vegetation, cutout: .leaves(frequency: 4, seed: random.nextWord())))
            }
            add(SceneObject(station: station, offset: beyondEdge(side, distance)), pieces)
        }
        guard setting != .city, chance(0.6) else { return }
        let distance = sidewalkEnd(side) + random.uniform(0.7, 1.5)
        let height = random.uniform(0.4, 0.9)
        let material = leaves(frequency: 2.5)
        for segment in 0..<24 where chance(0.5) {
            let station = Float(segment) * 10 + 5
            guard isClear(station, half: 5.5) else { continue }
            let hedge = Part(
                shape: .box(0.45, height, 4.9), pose: Pose(origin: [0, height, 0]), material: material,
                label: .vegetation, cutout: .none)
            add(SceneObject(station: station, offset: beyondEdge(side, distance)), [hedge])
        }
    }

    /// Leaves of a random kind: green of many sorts, autumn, blossom.
    private mutating func leaves(frequency: Float) -> Material {
        let greens: [Vector3] = [
            color(95, 130, 50), color(60, 100, 45), color(120, 140, 60), color(50, 85, 60), color(85, 110, 70),
            color(140, 150, 70), color(70, 95, 35),
        ]
        let autumn: [Vector3] = [
            color(190, 120, 40), color(170, 70, 35), color(200, 165, 60), color(130, 85, 50), color(150, 40, 40),
        ]
        let bright = (chance(0.14) ? pick(autumn) : pick(greens)) * random.uniform(0.8, 1.5)
        var material = Material(kind: .foliage, primary: bright)
        material.secondary = bright * random.uniform(0.12, 0.3)
        material.accent = pick([[0.8, 0.75, 0.78], [0.7, 0.3, 0.42], [0.75, 0.6, 0.1]])
        material.fill = chance(0.12) ? random.uniform(0.1, 0.3) : 0
        material.scale = frequency * random.uniform(0.7, 1.3)
        material.seed = random.nextWord()
        return material
    }

    private mutating func addTree(_ station: Float, _ offset: Float, small: Bool) {
        let height = small ? random.uniform(4.5, 8.5) : random.uniform(6, 14)
        let barkColor = pick([color(90, 75, 60), color(70, 62, 55), color(120, 110, 100), color(60, 45, 35)])
        let bark = Material(kind: .plain, primary: barkColor, scale: 3, contrast: 0.7, seed: random.nextWord())
        let kind = random.uniform()
        let trunkShare: Float = kind < 0.72 ? 0.55 : 0.25
        let girth = height * random.uniform(0.014, 0.024)
        var pieces = [
            Part(
                shape: .frustum(
                    Frustum(bottomRadius: girth * 1.3, topRadius: girth * 0.6, height: height * trunkShare)),
                pose: Pose(), material: bark, label: .vegetation)
        ]
        let material = leaves(frequency: 1.6)
        if kind < 0.72 {
            crown(height, material, &pieces)
        } else if kind < 0.84 {
            // A conifer: cones over each other.
            let width = height * random.uniform(0.16, 0.24)
            for level in 0..<3 {
                let low = height * (0.14 + 0.27 * Float(level))
                let radius = width * (1 - 0.27 * Float(level))
                pieces.append(
                    Part(
                        shape: .frustum(Frustum(bottomRadius: radius, topRadius: 0.05, height: height * 0.36)),
                        pose: Pose(origin: [0, low, 0]), material: material, label: .vegetation,
                        cutout: .leaves(frequency: 2.2, seed: random.nextWord())))
            }
        } else if kind < 0.92 {
            // A poplar or a cypress.
            pieces.append(
                Part(
                    shape: .ellipsoid([height * 0.1, height * 0.44, height * 0.1]),
                    pose: Pose(origin: [0, height * 0.54, 0]), material: material, label: .vegetation,
                    cutout: .leaves(frequency: 2.5, seed: random.nextWord())))
        } else {
            bareBranches(height, girth, bark, &pieces)
        }
        add(SceneObject(station: station, offset: offset), pieces)
    }

    private mutating func crown(_ height: Float, _ material: Material, _ pieces: inout [Part]) {
        let spread = height * random.uniform(0.2, 0.34)
        for index in 0..<(3 + random.integer(below: 3)) {
            let turns = random.uniform()
            let away = index == 0 ? 0 : spread * random.uniform(0.3, 0.65)
            let radius = spread * (index == 0 ? 1 : random.uniform(0.5, 0.8))
            let middle = Vector3(
                away * cosineOfTurns(turns), height * random.uniform(0.55, 0.8), away * sineOfTurns(turns))
            pieces.append(
                Part(
                    shape: .ellipsoid([radius, radius * random.uniform(0.7, 1), radius]), pose: Pose(origin: middle),
                    material: material, label: .vegetation,
                    cutout: .leaves(frequency: random.uniform(1.2, 2.4), seed: random.nextWord())))
        }
    }

    private mutating func bareBranches(_ height: Float, _ girth: Float, _ bark: Material, _ pieces: inout [Part]) {
        for _ in 0..<(7 + random.integer(below: 6)) {
            let turns = random.uniform()
            let start = Vector3(0, height * random.uniform(0.22, 0.5), 0)
            let away = height * random.uniform(0.12, 0.32)
            let end = Vector3(
                away * cosineOfTurns(turns), start.y + height * random.uniform(0.15, 0.45), away * sineOfTurns(turns))
            let length = dot(end - start, end - start).squareRoot()
            pieces.append(
                Part(
                    shape: .frustum(Frustum(bottomRadius: girth * 0.55, topRadius: girth * 0.15, height: length)),
                    pose: Pose(from: start, toward: end), material: bark, label: .vegetation))
        }
    }
}
