import SGCBase

/// Draws one frame: first what every sample shows and how far it is, then shadows on the ground, then colours.
///
/// Samples lie in the middles and on the corners of pixels: row `2y + 1` holds the middles of pixel row y, row `2y` the
/// corners above it. The middle decides the class; it and its four corners, shared with the neighbours, smooth the
/// picture where surfaces meet.
struct SceneRenderer {
    let scene: Scene
    let camera: SceneCamera
    let time: Double
    /// Samples per row: one more than pixels; the last one of a row of middles is not used.
    let columns: Int
    let rows: Int
    /// What may be seen, near things first.
    private(set) var primitives: [Primitive] = []
    /// `[rows, columns]`: an index into ``primitives`` or a ``Background``.
    private(set) var surface: [Int32]
    /// `[rows, columns]`: metres along the view.
    private(set) var depth: [Float]
    /// `[H, W]`: the share of direct light that reaches the ground.
    var sunlight: [Float] = []
    /// Objects that may throw a shadow into view, with their placed parts.
    private(set) var casters: [Primitive] = []

    init(scene: Scene, time: Double, width: Int, height: Int) {
        self.scene = scene
        self.time = time
        camera = scene.camera(time: time, width: width, height: height)
        columns = width + 1
        rows = 2 * height + 1
        surface = [Int32](repeating: Background.sky, count: columns * rows)
        depth = [Float](repeating: .infinity, count: columns * rows)
    }

    mutating func render() throws(SGCError) -> SceneFrame {
        drawObjects()
        drawBackground()
        castShadows()
        let image = try PixelImage(width: camera.width, height: camera.height, pixels: pixels())
        let surfaces = middles(of: surface)
        let classes = primitives.map { scene.parts[Int($0.part)].label.rawValue }
        let ids = surfaces.map { $0 >= 0 ? classes[Int($0)] : background($0).rawValue }
        let labels = try LabelMap(width: camera.width, height: camera.height, ids: ids)
        return SceneFrame(
            image: image, labels: labels, camera: camera, primitives: primitives, surfaces: surfaces,
            depths: middles(of: depth))
    }

    /// The class of a surface that is no primitive.
    private func background(_ surface: Int32) -> SceneClass {
        switch surface {
        case Background.sky: .sky
        case Background.ridge: scene.sky.isTown ? .building : .vegetation
        case Road.Ground.sidewalk.rawValue: .sidewalk
        case Road.Ground.terrain.rawValue: .terrain
        default: .road
        }
    }

    /// The samples in the middles of pixels, `[H, W]`.
    private func middles<T>(of samples: [T]) -> [T] {
        var result: [T] = []
        result.reserveCapacity(camera.width * camera.height)
        for y in 0..<camera.height {
            let first = (2 * y + 1) * columns
            result += samples[first..<(first + camera.width)]
        }
        return result
    }

    /// Ground, ridge and sky where no object is in front of them.
    private mutating func drawBackground() {
        let origin = camera.pose.origin
        let step = camera.pose.x * (1 / camera.focal)
        for row in 0..<rows {
            let aside: Float = row & 1 == 0 ? 0 : 0.5
            let first = camera.ray(x: aside, y: Float(row) / 2)
            for column in 0..<(row & 1 == 0 ? columns : columns - 1) {
                let index = row * columns + column
                let d = first + step * Float(column)
                let t = -origin.y / d.y
                if d.y < 0, t < 600 {
                    guard t < depth[index] else { continue }
                    depth[index] = t
                    surface[index] = scene.road.place(x: origin.x + t * d.x, z: origin.z + t * d.z).ground.rawValue
                } else if depth[index] == .infinity, scene.sky.isRidge(d) {
                    surface[index] = Background.ridge
                }
            }
        }
    }

    /// Places all objects in reach and draws those in view, near ones first.
    private mutating func drawObjects() {
        var found: [Primitive] = []
        var frames: [SceneCamera.Rectangle] = []
        let slope = Float(camera.width) / (2 * camera.focal)
        let lean = (1 + slope * slope).squareRoot()
        for object in scene.objects {
            let place = object.place(time: time, viewpoint: camera.pose.origin.z, on: scene.road)
            let middle = camera.pose.local(point: place.pose.origin)
            // Shadows reach further than their objects; nothing far behind the camera matters.
            guard middle.z > -30, object.radius * camera.focal > 0.3 * middle.z else { continue }
            let inView =
                middle.z + object.radius > SceneCamera.near
                && abs(middle.x) < slope * max(0, middle.z) + object.radius * lean
            guard inView || middle.z < 90 else { continue }
            for index in object.parts {
                var pose = scene.parts[index].pose
                if object.gait > 0, scene.parts[index].swing > 0 {
                    let gait = fraction(Float(time) * object.gait + scene.parts[index].phase + object.station)
                    pose = pose.pitched(scene.parts[index].swing * sineOfTurns(gait))
                }
                let primitive = Primitive(
                    shape: scene.parts[index].shape, pose: place.pose.carrying(pose), part: Int32(index), lap: place.lap
                )
                if middle.z < 90 { casters.append(primitive) }
                let bounds = primitive.shape.bounds
                if inView, let frame = camera.rectangle(center: bounds.center, half: bounds.half, pose: primitive.pose),
                    frame.right >= 0, frame.left <= Float(camera.width), frame.bottom >= 0,
                    frame.top <= Float(camera.height)
                {
                    found.append(primitive)
                    frames.append(frame)
                }
            }
        }
        // Equal distances keep the order of the scene.
        let order = found.indices.sorted { a, b in
            frames[a].nearest == frames[b].nearest ? a < b : frames[a].nearest < frames[b].nearest
        }
        primitives.reserveCapacity(order.count)
        for (index, item) in order.enumerated() {
            primitives.append(found[item])
            draw(found[item], Int32(index), frames[item])
        }
    }

    private mutating func draw(_ primitive: Primitive, _ index: Int32, _ frame: SceneCamera.Rectangle) {
        let origin = primitive.pose.local(point: camera.pose.origin)
        switch primitive.shape {
        case .block(let block): draw(BlockTest(block, origin), origin, primitive, index, frame)
        case .ellipsoid(let radii): draw(EllipsoidTest(radii, origin), origin, primitive, index, frame)
        case .frustum(let frustum): draw(FrustumTest(frustum, origin), origin, primitive, index, frame)
        case .plate(let half): draw(PlateTest(half, origin), origin, primitive, index, frame)
        }
    }

    /// Tests the rays of all samples in a rectangle against one shape.
    private mutating func draw<Test: RayTest>(
        _ test: Test, _ origin: Vector3, _ primitive: Primitive, _ index: Int32, _ frame: SceneCamera.Rectangle
    ) {
        let top = Int(max(0, (frame.top * 2).rounded(.up)))
        let bottom = Int(min(Float(rows - 1), frame.bottom * 2))
        guard top <= bottom, frame.left <= Float(columns) else { return }
        let cutout = scene.parts[Int(primitive.part)].cutout
        var isSolid = false
        if case .none = cutout { isSolid = true }
        let corner = primitive.pose.local(direction: camera.ray(x: 0, y: 0))
        let across = primitive.pose.local(direction: camera.pose.x) * (1 / camera.focal)
        let down = primitive.pose.local(direction: camera.pose.y) * (-0.5 / camera.focal)
        for row in top...bottom {
            let aside: Float = row & 1 == 0 ? 0 : 0.5
            let left = Int(max(0, (frame.left - aside).rounded(.up)))
            let right = Int(max(-1, min(Float(camera.width) - 2 * aside, frame.right - aside)))
            guard left <= right else { continue }
            let first = corner + down * Float(row) + across * aside
            for column in left...right {
                let sample = row * columns + column
                guard depth[sample] > frame.nearest else { continue }
                let d = first + across * Float(column)
                let t = test.hit(d)
                guard t < depth[sample], t >= SceneCamera.near else { continue }
                if !isSolid, cutout.isHole(origin + d * t, footprint: t / camera.focal) { continue }
                depth[sample] = t
                surface[sample] = index
            }
        }
    }
}
