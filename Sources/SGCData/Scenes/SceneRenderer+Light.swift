// The colour of what a ray meets.
extension SceneRenderer {
    /// The linear light that reaches the camera along `ray` from `surface`, `t` metres of depth away.
    func light(from surface: Int32, _ t: Float, _ ray: Vector3, sunlight: Float) -> Vector3 {
        if surface == Background.sky { return scene.sky.light(ray) }
        if surface == Background.ridge { return scene.sky.ridgeLight(ray) }
        let point = camera.pose.origin + ray * t
        let reach = dot(ray, ray).squareRoot()
        var look: SurfaceLook
        var normal: Vector3
        if surface >= 0 {
            let index = Int(surface)
            let local = primitives[index].pose.local(point: point)
            var localNormal = primitives[index].shape.normal(at: local)
            normal = primitives[index].pose.direction(localNormal)
            let facing = dot(normal, ray)
            if facing > 0 {
                normal = -normal
                localNormal = -localNormal
            }
            let slant = max(0.25, abs(facing) / reach)
            look = scene.parts[Int(primitives[index].part)].material.look(
                SurfacePoint(
                    position: local, normal: localNormal, footprint: t / (camera.focal * slant),
                    isDark: scene.conditions.isDark))
        } else {
            normal = Vector3(0, 1, 0)
            look = groundLook(point, t, ray, reach)
        }
        let lit = shade(look, normal, point, ray * (1 / reach), t, sunlight)
        return mix(scene.conditions.fogColor, lit, scene.conditions.transmittance(t * reach))
    }

    private func groundLook(_ point: Vector3, _ t: Float, _ ray: Vector3, _ reach: Float) -> SurfaceLook {
        let across = t / camera.focal
        let along = across * min(60, reach / max(1e-4, -ray.y))
        let at = GroundTexture.Point(
            x: point.x, z: point.z, across: across, along: along, mean: (across * along).squareRoot())
        let place = scene.road.place(x: point.x, z: point.z)
        var look = scene.ground.look(place, at, on: scene.road)
        let wetness = scene.conditions.wetness
        if wetness > 0, place.ground != .terrain {
            let puddle = SceneNoise.smooth(point.x * 0.6, point.z * 0.25, scene.conditions.seed)
            look.albedo *= 1 - 0.5 * wetness
            look.gloss = wetness * smoothStep(0.35, 0.75, puddle) * 0.75
        }
        return look
    }

    private func shade(
        _ look: SurfaceLook, _ normal: Vector3, _ point: Vector3, _ direction: Vector3, _ t: Float, _ sunlight: Float
    ) -> Vector3 {
        let conditions = scene.conditions
        // Overcast skies throw no sun shadow, yet little light falls under a car.
        let isSunny = conditions.sunColor.y > 0.15
        var ambient = conditions.ambient * (0.72 + 0.28 * normal.y)
        if sunlight < 1 { ambient *= isSunny ? 0.9 : 0.45 }
        var light = ambient + conditions.sunColor * (max(0, dot(normal, conditions.sunDirection)) * sunlight)
        if conditions.isDark { light += lamplight(normal, point, direction, t) }
        var result = look.albedo * light + look.emission
        if look.gloss > 0 {
            let mirror = direction - normal * (2 * dot(direction, normal))
            let grazing = 1 + dot(direction, normal)
            let share = look.gloss * (0.35 + 0.65 * grazing * grazing * grazing)
            // What is mirrored near the horizon is the street opposite, darker than the sky.
            let street = 0.35 + 0.65 * smoothStep(-0.05, 0.3, mirror.y)
            result = mix(result, mix(conditions.horizon, conditions.zenith, saturate(mirror.y * 1.5)) * street, share)
            let glint = saturate(dot(mirror, conditions.sunDirection))
            let sharp = smoothStep(0.985, 1, glint)
            result += conditions.sunColor * (sharp * look.gloss * sunlight)
        }
        return result
    }

    /// Street lamps and the camera vehicle's own headlights.
    private func lamplight(_ normal: Vector3, _ point: Vector3, _ direction: Vector3, _ t: Float) -> Vector3 {
        let wave = sineOfTurns(point.z / 27)
        let near = decay(max(0, abs(point.x - scene.road.middle(point.z)) - 6) * 0.12)
        var result = Vector3(0.42, 0.3, 0.16) * ((0.25 + 0.75 * wave * wave) * near * decay(max(0, point.y - 5) * 0.4))
        let ahead = camera.pose.local(direction: direction)
        let spread = ahead.x * ahead.x * 5 + max(0, ahead.y + 0.02) * 6
        let facing = max(0.06, -dot(normal, direction))
        result += Vector3(1, 0.95, 0.8) * (4.5 * facing * decay(spread * 4) / (1 + t * t * 0.012))
        return result
    }
}
