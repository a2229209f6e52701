import SGCBase

extension SceneBuilder {
    /// Rows of houses in the city, houses in gardens in the suburb, a few barns in the country.
    mutating func addBuildings() {
        for side: Float in [-1, 1] {
            var station = random.uniform(0, 12)
            let openness: Float = setting == .city ? random.uniform(0, 0.3) : setting == .suburb ? 0.25 : 0.85
            let tallness = random.uniform(0.5, 1.6)
            while station < Road.period - 6 {
                let width = setting == .city ? random.uniform(9, 26) : random.uniform(8, 16)
                let middle = station + width / 2
                if middle + width / 2 < Road.period, isClear(middle, half: width / 2 + 3), !chance(openness) {
                    if setting == .city {
                        addBlock(side, middle, width, tallness)
                    } else {
                        addHouse(side, middle, width)
                    }
                }
                station +=
                    width + (setting == .city ? (chance(0.3) ? random.uniform(1, 8) : 0.05) : random.uniform(3, 16))
            }
        }
    }

    private mutating func facadeMaterial(halfHeight: Float) -> Material {
        let walls: [Vector3] = [
            color(196, 180, 150), color(160, 90, 70), color(205, 200, 190), color(120, 118, 115), color(222, 205, 160),
            color(140, 110, 85), color(90, 95, 105), color(175, 140, 125), color(235, 230, 222), color(110, 130, 120),
            color(150, 160, 175), color(70, 60, 55),
        ]
        var wall = pick(walls) * random.uniform(0.7, 1.25)
        if chance(0.12) { wall = hue(brightness: 0.4...0.8, saturation: 0.35) }
        var material = Material(kind: .facade, primary: wall)
        material.secondary =
            chance(0.5) ? wall * 0.45 : saturate(wall * 1.35) * 0.9
        material.accent = hue(brightness: 0.2...0.6, saturation: 0.4)
        material.scale = random.uniform(1.7, 4)
        material.fill = chance(0.2) ? random.uniform(0.8, 0.95) : random.uniform(0.35, 0.65)
        material.rise = halfHeight
        material.contrast = random.uniform(0.1, 0.4)
        material.style = random.nextWord() & 0x7F
        material.seed = random.nextWord()
        return material
    }

    /// A town house or a tower.
    private mutating func addBlock(_ side: Float, _ station: Float, _ width: Float, _ tallness: Float) {
        let height = random.uniform(6, 22) * tallness + (chance(0.1) ? random.uniform(10, 30) : 0)
        let depth = random.uniform(9, 16)
        let setback = sidewalkEnd(side) + (chance(0.3) ? random.uniform(0, 6) : 0.1)
        let material = facadeMaterial(halfHeight: height / 2)
        var pieces = [
            Part(
                shape: .box(depth / 2, height / 2, width / 2), pose: Pose(origin: [0, height / 2, 0]),
                material: material, label: .building)
        ]
        if chance(0.35) {
            // A ledge under the roof, an upper storey that stands back, or a pitched roof.
            let roof = Material(kind: .plain, primary: material.secondary, scale: 1.5, seed: random.nextWord())
            let rise = random.uniform(1, 3.5)
            let block = Block(
                bottom: [depth / 2 + 0.4, width / 2 + 0.2], top: [depth * 0.15, width * 0.42], halfHeight: rise / 2,
                shift: 0)
            pieces.append(
                Part(
                    shape: .block(block), pose: Pose(origin: [0, height + rise / 2, 0]), material: roof,
                    label: .building))
        } else if chance(0.4) {
            var upper = material
            upper.rise = 2
            pieces.append(
                Part(
                    shape: .box(depth * 0.32, 2, width * 0.35), pose: Pose(origin: [0, height + 2, 0]), material: upper,
                    label: .building))
        }
        if material.style & 4 != 0, chance(0.6) {
            // An awning over the shop.
            let cloth = Material(
                kind: .cloth, primary: hue(brightness: 0.3...0.8, saturation: 0.5), secondary: [0.8, 0.8, 0.78],
                scale: 1.2, style: 1, seed: 1)
            let block = Block(bottom: [0.8, width * 0.4], top: [0.1, width * 0.4], halfHeight: 0.3, shift: 0)
            pieces.append(
                Part(
                    shape: .block(block), pose: Pose(origin: [-side * (depth / 2 + 0.3), 2.9, 0]), material: cloth,
                    label: .building))
        }
        let offset = beyondEdge(side, setback + depth / 2)
        add(SceneObject(station: station, offset: offset), pieces)
    }

    /// A house with a pitched roof.
    private mutating func addHouse(_ side: Float, _ station: Float, _ width: Float) {
        let height = random.uniform(2.8, 6.5)
        let depth = random.uniform(7, 11)
        let rise = random.uniform(1.5, 4)
        let setback = max(sidewalkEnd(side), 3) + random.uniform(2, setting == .country ? 25 : 10)
        var material = facadeMaterial(halfHeight: height / 2)
        material.style &= ~4
        let roofColor = pick([
            color(150, 75, 55), color(90, 60, 50), color(75, 78, 85), color(110, 95, 80), color(60, 75, 65),
        ])
        var roof = Material(
            kind: .masonry, primary: roofColor * random.uniform(0.7, 1.3), scale: 0.6, seed: material.seed)
        roof.secondary = roofColor * 0.5
        let ridgeAlong = chance(0.5)
        let block = Block(
            bottom: [depth / 2 + 0.5, width / 2 + 0.5],
            top: ridgeAlong ? [0.05, width / 2 + 0.3] : [depth / 2 + 0.3, 0.05], halfHeight: rise / 2, shift: 0)
        var pieces = [
            Part(
                shape: .box(depth / 2, height / 2, width / 2), pose: Pose(origin: [0, height / 2, 0]),
                material: material, label: .building),
            Part(
                shape: .block(block), pose: Pose(origin: [0, height + rise / 2, 0]), material: roof, label: .building),
        ]
        if chance(0.6) {
            let brick = Material(kind: .masonry, primary: color(150, 90, 70), secondary: [0.4, 0.4, 0.4], scale: 0.4)
            pieces.append(
                Part(
                    shape: .box(0.4, 0.9, 0.4), pose: Pose(origin: [depth * 0.1, height + rise, width * 0.2]),
                    material: brick, label: .building))
        }
        add(SceneObject(station: station, offset: beyondEdge(side, setback + depth / 2)), pieces)
    }
}
