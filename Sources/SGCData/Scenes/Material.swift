/// What a surface does with light at one point, in linear colours.
struct SurfaceLook {
    var albedo: Vector3
    var emission: Vector3 = .zero
    /// How much of the sky the surface mirrors, 0...1.
    var gloss: Float = 0
}

/// Where on a part a look is asked for.
struct SurfacePoint {
    /// Coordinates of the part, in metres.
    var position: Vector3
    /// The outward direction in coordinates of the part.
    var normal: Vector3
    /// The size of a pixel on the surface, in metres.
    var footprint: Float
    /// Whether lamps and windows shine.
    var isDark: Bool
}

/// The procedural texture of a part; the position on the part alone decides, so that texture moves with its object.
struct Material: Sendable {
    enum Kind: Sendable {
        /// `primary` with grain (frequency `scale`, strength `contrast`).
        case plain
        /// A wall with rows of windows: `scale` metres wide, `rise` metres high, `fill` the share of glass.
        case facade
        /// Courses of bricks or stones of length `scale`.
        case masonry
        /// Leaves: clumps of frequency `scale`, `secondary` in the shadow.
        case foliage
        /// A vehicle's painted body of half length `scale` and half height `rise`, with lamps at its ends.
        case bodywork
        /// A vehicle's cabin: glass between pillars under a painted roof.
        case cabin
        /// A tyre with a hub of radius `scale` on its flat sides.
        case tyre
        /// A load or a bus side of half height `rise`: stripes, letters, a band of windows (`fill` > 0).
        case panel
        /// Clothing with stripes of frequency `scale` in `secondary`.
        case cloth
        /// A sign face; `style` selects the drawing, `scale` is its half width.
        case sign
        /// The head of a traffic light of half height `rise`; `style` is the lamp that shines.
        case signal
        /// Shines with `secondary` in the dark.
        case lamp
    }

    var kind: Kind
    var primary: Vector3
    var secondary: Vector3 = .zero
    var accent: Vector3 = .zero
    var scale: Float = 1
    var rise: Float = 1
    var fill: Float = 0
    var contrast: Float = 0.3
    var gloss: Float = 0
    var style: UInt32 = 0
    var seed: UInt32 = 0

    /// The look at a point of the part.
    func look(_ at: SurfacePoint) -> SurfaceLook {
        switch kind {
        case .plain: SurfaceLook(albedo: primary * grain(at, scale, contrast), gloss: gloss)
        case .facade: facade(at)
        case .masonry: masonry(at)
        case .foliage: foliage(at)
        case .bodywork: bodywork(at)
        case .cabin: cabin(at)
        case .tyre: tyre(at)
        case .panel: panel(at)
        case .cloth: cloth(at)
        case .sign: sign(at)
        case .signal: signal(at)
        case .lamp: SurfaceLook(albedo: primary, emission: at.isDark ? secondary : .zero)
        }
    }

    /// Two coordinates along the surface, in metres: the upright one second.
    func along(_ at: SurfacePoint) -> SIMD2<Float> {
        let p = at.position
        if abs(at.normal.y) > 0.8 { return SIMD2(p.x, p.z) }
        return abs(at.normal.x) > abs(at.normal.z) ? SIMD2(p.z, p.y) : SIMD2(p.x, p.y)
    }

    /// A brightness factor near 1: coarse and fine noise.
    func grain(_ at: SurfacePoint, _ frequency: Float, _ strength: Float) -> Float {
        let q = along(at)
        let coarse = SceneNoise.detail(q.x, q.y, frequency: frequency, footprint: at.footprint, seed)
        let fine = SceneNoise.detail(q.x, q.y, frequency: frequency * 4.3, footprint: at.footprint, seed &+ 1)
        return 1 + strength * (1.2 * coarse + 0.8 * fine)
    }

    private func masonry(_ at: SurfacePoint) -> SurfaceLook {
        let q = along(at)
        let height = scale * 0.4
        let row = floorInteger(q.y / height)
        let shifted = q.x / scale + (row & 1 == 0 ? 0 : 0.5)
        let column = floorInteger(shifted)
        let visible = saturate(2 - at.footprint / height)
        let stone = 1 + visible * contrast * (SceneNoise.cell(column, row, seed) - 0.5)
        let toJoint = min(fraction(shifted), 1 - fraction(shifted)) * scale
        let toBed = min(fraction(q.y / height), 1 - fraction(q.y / height)) * height
        let joint = 1 - SceneNoise.coverage(min(toJoint, toBed) - scale * 0.03, footprint: at.footprint)
        let face = primary * (stone * grain(at, 1.2, 0.25))
        return SurfaceLook(albedo: mix(face, secondary, joint * visible * 0.8), gloss: gloss)
    }

    private func foliage(_ at: SurfacePoint) -> SurfaceLook {
        let p = at.position
        let x = p.x + 0.7 * p.z
        let y = p.y - 0.5 * p.z
        let clump = SceneNoise.detail(x, y, frequency: scale, footprint: at.footprint, seed)
        let leaf = SceneNoise.detail(x, y, frequency: scale * 3.7, footprint: at.footprint, seed &+ 1)
        let fine = SceneNoise.detail(x, y, frequency: scale * 11, footprint: at.footprint, seed &+ 2)
        let light = saturate(0.5 + 0.9 * clump + 0.9 * leaf + 0.7 * fine)
        var albedo = mix(secondary, primary, light)
        if fill > 0, fine + 0.5 * leaf > 0.5 - fill { albedo = accent }
        return SurfaceLook(albedo: albedo)
    }

    private func cloth(_ at: SurfacePoint) -> SurfaceLook {
        let q = along(at)
        var albedo = primary
        if style == 1, fraction(q.y * scale) < 0.45, scale * at.footprint < 0.7 { albedo = secondary }
        if style == 2, q.y > rise { albedo = secondary }
        return SurfaceLook(albedo: albedo * grain(at, 5, 0.35))
    }
}
