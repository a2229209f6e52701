import SGCBase

/// Fills a scene with objects; extensions build one family each.
struct SceneBuilder {
    var random: RandomSource
    let setting: SceneSetting
    let road: Road
    let conditions: SceneConditions
    /// Where the camera starts and how it drives: nothing may share its place.
    let rig: Scene.CameraRig
    private(set) var parts: [Part] = []
    private(set) var objects: [SceneObject] = []

    init(random: RandomSource, setting: SceneSetting, road: Road, conditions: SceneConditions, rig: Scene.CameraRig) {
        self.random = random
        self.setting = setting
        self.road = road
        self.conditions = conditions
        self.rig = rig
        parts.reserveCapacity(1200)
        objects.reserveCapacity(300)
    }

    /// Builds everything.
    mutating func build() {
        addBuildings()
        addVegetation()
        addFences()
        addStreetFurniture()
        addTraffic()
        addPeople()
    }

    /// Places an object made of `pieces`.
    mutating func add(_ object: SceneObject, _ pieces: [Part]) {
        var placed = object
        placed.parts = parts.count..<(parts.count + pieces.count)
        for piece in pieces {
            let bounds = piece.shape.bounds
            let middle = piece.pose.point(bounds.center)
            let reach = dot(middle, middle).squareRoot() + dot(bounds.half, bounds.half).squareRoot()
            // A swinging part may reach half a metre further.
            placed.radius = max(placed.radius, reach + (piece.swing > 0 ? 0.5 : 0))
        }
        parts.append(contentsOf: pieces)
        objects.append(placed)
    }

    /// Whether a stretch of the road around a station, `half` metres to either side, is clear of junctions.
    func isClear(_ station: Float, half: Float) -> Bool {
        road.distanceToJunction(station) > road.junctionHalf + half
    }

    /// The offset `distance` metres beyond the right (`side` 1) or left (-1) edge of the road.
    func beyondEdge(_ side: Float, _ distance: Float) -> Float {
        side > 0 ? road.edges.right + distance : road.edges.left - distance
    }

    /// Where the sidewalk and its verge end, in metres beyond the edge of the road.
    func sidewalkEnd(_ side: Float) -> Float {
        let width = side > 0 ? road.sidewalk.right : road.sidewalk.left
        return width > 0 ? road.verge + width : 0
    }

    /// One of some things.
    mutating func pick<T>(_ choices: [T]) -> T {
        choices[random.integer(below: choices.count)]
    }

    /// True with this probability.
    mutating func chance(_ probability: Float) -> Bool {
        random.uniform() < probability
    }

    /// A colour between dark and bright, of any hue and of this saturation.
    mutating func hue(brightness: ClosedRange<Float>, saturation: Float) -> Vector3 {
        let grey = random.uniform(brightness.lowerBound, brightness.upperBound)
        let turns = random.uniform()
        let swing = Vector3(
            cosineOfTurns(turns), cosineOfTurns(turns - 0.333), cosineOfTurns(turns + 0.333))
        let c = saturate((swing * saturation + Vector3(repeating: 1)) * grey) * 0.93 + Vector3(repeating: 0.02)
        return c * c
    }
}
