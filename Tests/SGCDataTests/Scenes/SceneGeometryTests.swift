import Testing

@testable import SGCData

@Suite struct SceneGeometryTests {
    @Test("rays meet a box, a sphere, a cylinder, a cone and a plate where they should")
    func hits() {
        let box = Shape.box(1, 2, 3)
        #expect(abs(box.hit([0, 0, -10], [0, 0, 1]) - 7) < 1e-5)
        #expect(abs(box.hit([5, 0, 0], [-2, 0, 0]) - 2) < 1e-5)
        #expect(box.hit([5, 0, 0], [1, 0, 0]) == .infinity)
        #expect(box.hit([1.5, 0, -10], [0, 0, 1]) == .infinity)
        let sphere = Shape.ellipsoid([1, 2, 1])
        #expect(abs(sphere.hit([0, 10, 0], [0, -1, 0]) - 8) < 1e-5)
        #expect(sphere.hit([0, 0, 0], [0, 0, 1]) == .infinity)
        let cylinder = Shape.frustum(Frustum(bottomRadius: 1, topRadius: 1, height: 4))
        #expect(abs(cylinder.hit([0, 2, -5], [0, 0, 1]) - 4) < 1e-5)
        #expect(abs(cylinder.hit([0.5, 9, 0], [0, -1, 0]) - 5) < 1e-5)
        #expect(cylinder.hit([0, 5, -5], [0, 0, 1]) == .infinity)
        let cone = Shape.frustum(Frustum(bottomRadius: 2, topRadius: 0, height: 2))
        #expect(abs(cone.hit([0, 1, -5], [0, 0, 1]) - 4) < 1e-4)
        let plate = Shape.plate([2, 1])
        #expect(abs(plate.hit([1.9, 0.9, 6], [0, 0, -2]) - 3) < 1e-5)
        #expect(plate.hit([2.1, 0, 6], [0, 0, -2]) == .infinity)
    }

    @Test("a block that narrows and leans has its faces and normals there")
    func leaningBlock() {
        let block = Shape.block(Block(bottom: [2, 2], top: [1, 1], halfHeight: 1, shift: 0.5))
        // At half height: half side 1.5 in x, and z from -1.25 to 1.75.
        #expect(abs(block.hit([-9, 0, 0], [1, 0, 0]) - 7.5) < 1e-5)
        #expect(abs(block.hit([0, 0, -9], [0, 0, 1]) - 7.75) < 1e-5)
        #expect(abs(block.hit([0, 0, 9], [0, 0, -1]) - 7.25) < 1e-5)
        let side = block.normal(at: [-1.5, 0, 0])
        #expect(abs(side.x + 0.8944) < 1e-3 && abs(side.y - 0.4472) < 1e-3 && side.z == 0)
    }

    @Test("every shape lies in its bounds, and its normals face the ray that meets it")
    func normals() {
        let shapes: [Shape] = [
            .box(1, 0.5, 2), .ellipsoid([1, 2, 0.7]), .frustum(Frustum(bottomRadius: 1, topRadius: 0.4, height: 3)),
            .block(Block(bottom: [1, 2], top: [0.5, 1], halfHeight: 1, shift: -0.6)),
        ]
        for shape in shapes {
            var hits = 0
            for turn in 0..<64 {
                let turns = Float(turn) / 64
                let origin = Vector3(6 * cosineOfTurns(turns), 3 * sineOfTurns(turns * 3), 6 * sineOfTurns(turns))
                let direction = Vector3(0.05, 0.4, -0.1) - origin
                let t = shape.hit(origin, direction)
                guard t < .infinity else { continue }
                hits += 1
                let point = origin + direction * t
                #expect(dot(shape.normal(at: point), direction) < 0)
                let bounds = shape.bounds
                let away = point - bounds.center
                #expect(abs(away.x) < bounds.half.x + 1e-4 && abs(away.y) < bounds.half.y + 1e-4)
                #expect(abs(away.z) < bounds.half.z + 1e-4)
            }
            #expect(hits == 64)
        }
    }

    @Test("projecting a point and casting its ray are inverse")
    func camera() throws {
        let camera = Scene(seed: 2).camera(time: 1, width: 128, height: 64)
        let ray = camera.ray(x: 20.5, y: 50.5)
        let place = try #require(camera.project(camera.pose.origin + ray * 7))
        #expect(abs(place.x - 20.5) < 1e-2 && abs(place.y - 50.5) < 1e-2 && abs(place.depth - 7) < 1e-3)
        #expect(camera.project(camera.pose.origin - ray) == nil)
    }

    @Test("sine and cosine are within 0.002 of the truth at known places")
    func sine() {
        let known: [(Float, Float)] = [(0, 0), (0.25, 1), (0.5, 0), (0.75, -1), (1.0 / 12, 0.5), (-0.125, -0.70711)]
        for (turns, value) in known { #expect(abs(sineOfTurns(turns) - value) < 2e-3) }
        #expect(abs(cosineOfTurns(100.0 / 6) + 0.5) < 2e-3)
    }

    @Test("noise has mean one half, is smooth and differs by seed")
    func noise() {
        var sum: Float = 0
        for index in 0..<4000 {
            let x = Float(index) * 0.37
            let value = SceneNoise.smooth(x, x * 0.7, 9)
            #expect(value >= 0 && value < 1)
            #expect(abs(value - SceneNoise.smooth(x + 0.01, x * 0.7, 9)) < 0.03)
            sum += value
        }
        #expect(abs(sum / 4000 - 0.5) < 0.03)
        #expect(SceneNoise.cell(3, 4, 1) != SceneNoise.cell(3, 4, 2))
    }

    @Test("the ground repeats with the period, and the road's middle is road")
    func ground() {
        for seed in 0..<20 as Range<UInt64> {
            let road = Scene(seed: seed).road
            for z in stride(from: Float(-300), to: 300, by: 37) {
                #expect(abs(road.middle(z) - road.middle(z + Road.period)) < 1e-2)
                #expect(road.place(x: road.middle(z) + road.side * 1, z: z).ground == .road)
            }
            let far = road.place(x: road.middle(11) + 80, z: 11)
            #expect(far.ground == .terrain || far.toJunction < road.junctionHalf + road.sidewalk.right)
        }
    }

    @Test("objects stay on their lap between 40 metres behind the camera and 200 ahead")
    func laps() {
        let road = Scene(seed: 3).road
        let object = SceneObject(station: 17, offset: 1, speed: -9)
        for time in stride(from: -500.0, to: 500, by: 61.7) {
            for viewpoint in stride(from: Float(-900), to: 900, by: 211) {
                let z = object.place(time: time, viewpoint: viewpoint, on: road).pose.origin.z
                #expect(z > viewpoint - 40.01 && z < viewpoint + 200.01)
            }
        }
    }
}
