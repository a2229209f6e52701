// The walls of buildings.
extension Material {
    /// Windows in rows, shops on the ground floor, wall between, plain roof.
    func facade(_ at: SurfacePoint) -> SurfaceLook {
        guard abs(at.normal.y) < 0.8 else { return SurfaceLook(albedo: accent * grain(at, 0.6, 0.4)) }
        let q = along(at)
        // Heights count from the ground; `rise` is half the height of the block.
        let height = q.y + rise
        let storey: Float = 2.8 + 0.25 * Float(style & 3)
        let shop = style & 4 != 0 && height < storey + 0.9
        let floors = shop ? height / (storey + 0.9) : (height - (style & 4 != 0 ? 0.9 : 0)) / storey
        let width = shop ? scale * 2 : scale
        let row = shop ? -7 : floorInteger(floors)
        let column = floorInteger(q.x / width)
        let x = fraction(q.x / width)
        let y = shop ? floors : fraction(floors)
        let random = SceneNoise.bits(column, row, seed)

        let glassWidth = shop ? 0.86 : fill
        let glassTop: Float = shop ? 0.68 : 0.84
        let glassBottom: Float = shop ? 0.1 : style & 16 != 0 ? 0.12 : 0.34
        let acrossInside = (glassWidth / 2 - abs(x - 0.5)) * width
        let uprightInside = min(y - glassBottom, glassTop - y) * storey
        var glass = SceneNoise.coverage(acrossInside, footprint: at.footprint)
        glass *= SceneNoise.coverage(uprightInside, footprint: at.footprint)
        // Beyond the pixel size a window blends into the mean of the wall.
        let sharp = saturate(1.5 - at.footprint / (scale * 0.7))
        glass = mix(fill * 0.5, glass, sharp)
        let isTop = 2 * rise - height < 0.7
        if isTop { glass = 0 }

        var result = SurfaceLook(albedo: wall(at, isTop, shop, y, x), gloss: 0)
        let pane = paneColor(random, y)
        result.albedo = mix(result.albedo, pane, glass)
        result.gloss = 0.55 * glass
        if at.isDark, random & 0xFF < (shop ? 190 : 90) {
            let warmth = Float(random >> 8 & 0xFF) / 255
            let light = mix(Vector3(1, 0.62, 0.25), Vector3(0.75, 0.85, 1), warmth * warmth)
            result.emission = light * (glass * (0.15 + 0.55 * Float(random >> 16 & 0xFF) / 255))
            result.gloss = 0
        }
        return result
    }

    private func wall(_ at: SurfacePoint, _ isTop: Bool, _ shop: Bool, _ y: Float, _ x: Float) -> Vector3 {
        var albedo = isTop ? secondary : primary
        if style & 8 != 0 {
            var bricks = self
            bricks.kind = .masonry
            bricks.scale = 0.5
            bricks.secondary = mix(primary, Vector3(0.5, 0.5, 0.48), 0.5)
            albedo = isTop ? albedo : bricks.look(at).albedo
        } else {
            albedo *= grain(at, 0.5, contrast)
        }
        if shop, y > 0.74 {
            // The band above the shop window carries its name.
            let q = along(at)
            let letter = SceneNoise.cell(floorInteger(q.x * 3.4), 3, seed &+ 9)
            let bright = letter > 0.45 && y > 0.8 && y < 0.92 && at.footprint < 0.3
            return bright ? Vector3(repeating: 0.8) : accent
        }
        if !shop, style & 32 != 0, y > 0.94 { return secondary * grain(at, 2, 0.2) }
        if style & 64 != 0, abs(x - 0.5) > 0.46 { return mix(albedo, secondary, 0.7) }
        return albedo
    }

    private func paneColor(_ random: UInt32, _ y: Float) -> Vector3 {
        let curtain = Float(random >> 24) / 255
        let glass = Vector3(0.03, 0.04, 0.05) * (0.5 + Float(random >> 12 & 0xFF) / 200)
        if curtain > 0.72 { return mix(glass, Vector3(0.55, 0.5, 0.44), y > 1.3 - curtain * 0.75 ? 0.85 : 0.1) }
        return glass
    }
}
