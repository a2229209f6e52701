// Paint, glass, lamps and tyres of vehicles; the load and the sides of trucks and buses.
extension Material {
    /// The lower body of a car: seams of doors, lamps and number plates at the ends.
    func bodywork(_ at: SurfacePoint) -> SurfaceLook {
        let p = at.position
        var result = SurfaceLook(albedo: primary * grain(at, 1.1, 0.12), gloss: gloss)
        let end = abs(at.normal.z) > 0.7
        if end, abs(p.y) < rise {
            let front = at.normal.z > 0
            let side = abs(p.x) / fill
            if side > 0.62, p.y > -0.1 * rise, p.y < 0.75 * rise {
                result.albedo = front ? Vector3(0.75, 0.76, 0.72) : Vector3(0.45, 0.02, 0.02)
                result.gloss = 0.3
                if at.isDark { result.emission = front ? Vector3(2.2, 2, 1.6) : Vector3(0.9, 0.04, 0.02) }
            } else if side < 0.3, p.y < 0.05 * rise, p.y > -0.5 * rise {
                result.albedo = style & 1 == 0 ? Vector3(0.75, 0.75, 0.72) : Vector3(0.75, 0.6, 0.08)
            } else if p.y < -0.55 * rise || (front && side < 0.6 && p.y < 0.3 * rise) {
                result.albedo = Vector3(0.015, 0.015, 0.017)
            }
        } else if !end, abs(at.normal.y) < 0.6 {
            let seam = min(abs(p.z - 0.1 * scale), abs(abs(p.z - 0.1 * scale) - 0.45 * scale))
            if seam < 0.02, at.footprint < 0.08 { result.albedo *= 0.35 }
            if p.y < -0.7 * rise { result.albedo = Vector3(0.02, 0.02, 0.022) }
            if abs(p.y - 0.45 * rise) < 0.03, at.footprint < 0.1 { result.albedo *= 0.7 }
            if style & 6 == 2, p.y < 0.2 * rise { result.albedo = mix(result.albedo, secondary, 0.85) }
        }
        return result
    }

    /// The upper body of a car.
    func cabin(_ at: SurfacePoint) -> SurfaceLook {
        let p = at.position
        if at.normal.y > 0.8 { return SurfaceLook(albedo: primary * grain(at, 1.1, 0.12), gloss: gloss) }
        let glass = SurfaceLook(albedo: Vector3(0.018, 0.022, 0.026), gloss: 0.75)
        let paint = SurfaceLook(albedo: primary, gloss: gloss)
        if p.y > 0.82 * rise || p.y < -0.94 * rise { return paint }
        if abs(at.normal.x) > 0.5 {
            let pillar = min(abs(p.z + 0.04 * scale), abs(abs(p.z) - 0.74 * scale))
            return pillar < 0.05 ? paint : glass
        }
        return abs(p.x) > 0.86 * fill ? paint : glass
    }

    /// A wheel: rubber with a bright hub on its flat sides.
    func tyre(_ at: SurfacePoint) -> SurfaceLook {
        let p = at.position
        let radius = (p.x * p.x + p.z * p.z).squareRoot()
        guard abs(at.normal.y) > 0.8, radius < scale else { return SurfaceLook(albedo: primary) }
        let sector = abs(p.x) < 0.25 * radius || abs(p.z) < 0.25 * radius
        return SurfaceLook(albedo: secondary * (sector ? 1 : 0.55), gloss: 0.2)
    }

    /// The side of a load or of a bus.
    func panel(_ at: SurfacePoint) -> SurfaceLook {
        let q = along(at)
        var result = SurfaceLook(albedo: primary * grain(at, 0.8, 0.15), gloss: gloss)
        guard abs(at.normal.y) < 0.8 else { return result }
        let level = q.y / rise
        if fill > 0 {
            return busSide(at, q, level, result)
        }
        let end = abs(at.normal.z) > 0.8
        if end, level < -0.78, abs(q.x) > 0.8 {
            result.albedo = Vector3(0.4, 0.02, 0.02)
            if at.isDark { result.emission = Vector3(0.7, 0.03, 0.02) }
        } else if style & 1 != 0, level > -0.25, level < 0.45, !end || style & 2 != 0 {
            // A name in letters of the second colour.
            let letter = SceneNoise.cell(floorInteger(q.x * 1.8), floorInteger(q.y * 4), seed)
            if letter > 0.4 { result.albedo = secondary }
        } else if style & 4 != 0, abs(level + 0.5) < 0.15 {
            result.albedo = accent
        } else if style & 8 != 0, fraction(q.x * 1.6) < 0.12, at.footprint < 0.4 {
            result.albedo *= 0.6
        }
        if end, abs(q.x) < 0.02, at.footprint < 0.1 { result.albedo *= 0.3 }
        return result
    }

    private func busSide(_ at: SurfacePoint, _ q: SIMD2<Float>, _ level: Float, _ paint: SurfaceLook) -> SurfaceLook {
        var result = paint
        let end = abs(at.normal.z) > 0.8
        let pane = SurfaceLook(
            albedo: Vector3(0.02, 0.025, 0.03), emission: at.isDark ? Vector3(0.5, 0.45, 0.32) : .zero,
            gloss: at.isDark ? 0 : 0.7)
        if level > (end ? -0.15 : 0), level < 0.72 {
            if end || fraction(q.x / 1.5) > 0.08 { result = pane }
        } else if style & 2 != 0, level >= 0.72, end, level < 0.93, abs(q.x) < 0.8 {
            // Where the bus goes.
            result = SurfaceLook(albedo: Vector3(0.02, 0.02, 0.02), emission: Vector3(0.5, 0.28, 0.02))
        } else if end, level < -0.55, level > -0.8, abs(q.x) > 0.75 {
            let front = at.normal.z > 0
            result.albedo = front ? Vector3(0.8, 0.8, 0.75) : Vector3(0.45, 0.02, 0.02)
            if at.isDark { result.emission = front ? Vector3(2, 1.9, 1.5) : Vector3(0.8, 0.03, 0.02) }
        } else if !end, at.normal.x > 0, abs(fraction(q.x / 4) - 0.5) < 0.13, level > -0.85, level <= 0 {
            result = pane
        } else if level < -0.3, style & 1 != 0 {
            result.albedo = secondary * grain(at, 0.8, 0.15)
        }
        return result
    }
}
