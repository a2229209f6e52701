// Sign faces and signal heads.
extension Material {
    /// A traffic sign; the back is bare metal.
    func sign(_ at: SurfacePoint) -> SurfaceLook {
        guard at.normal.z < 0 else { return SurfaceLook(albedo: Vector3(0.3, 0.3, 0.31)) }
        let x = at.position.x / scale
        let y = at.position.y / rise
        let radius = (x * x + y * y).squareRoot()
        let white = Vector3(0.85, 0.85, 0.83)
        let black = Vector3(0.02, 0.02, 0.02)
        var albedo = primary
        switch style {
        case 0:  // Prohibition: red ring, white field, figures.
            albedo = radius > 0.74 ? Vector3(0.62, 0.02, 0.03) : white
            let figure = abs(y) < 0.38 && abs(abs(x) - 0.24) < 0.17
            if figure, SceneNoise.cell(floorInteger(x * 7), floorInteger(y * 5), seed) > 0.3 { albedo = black }
        case 1:  // Warning: red edge, white field, a dark drawing.
            let edge = min(1 - y, 1 + y) < 0.22 || abs(x) > 0.5 * (1 - y) - 0.22
            albedo = edge ? Vector3(0.62, 0.02, 0.03) : abs(x) < 0.09 && y < 0.15 ? black : white
        case 2:  // Command: blue with a white arrow.
            let arrow = abs(x) < 0.13 && abs(y) < 0.6 || (y > 0.1 && y < 0.6 && abs(x) < 0.6 - y)
            albedo = arrow ? white : Vector3(0.02, 0.1, 0.5)
        case 3:  // Stop.
            let letters = abs(y) < 0.25 && abs(x) < 0.7 && fraction(x * 3) < 0.65
            albedo = letters || radius > 0.93 ? white : Vector3(0.55, 0.02, 0.03)
        case 4:  // Priority, or a yellow warning.
            albedo = abs(x) + abs(y) > 0.86 ? white : abs(x) < 0.1 && abs(y) < 0.4 && seed & 1 == 0 ? black : primary
        default:  // Directions: lines of letters.
            let border = abs(x) > 0.94 || abs(y) > 0.92
            let line = fraction(y * 1.5 + 0.2) < 0.5 && abs(x) < 0.8
            let letter = SceneNoise.cell(floorInteger(x * 11), floorInteger(y * 1.5 + 0.2), seed) > 0.35
            if border || (line && letter) { albedo = secondary }
        }
        return SurfaceLook(albedo: albedo, emission: at.isDark ? albedo * 0.16 : .zero)
    }

    /// Three lamps over each other in a dark case, on the side that faces traffic.
    func signal(_ at: SurfacePoint) -> SurfaceLook {
        let dark = SurfaceLook(albedo: primary)
        guard at.normal.z < -0.8 else { return dark }
        let level = at.position.y / rise * 1.5
        let lamp = floorInteger(level + 0.5)
        let y = (level - Float(lamp)) * rise / 1.5
        guard at.position.x * at.position.x + y * y < scale * scale else { return dark }
        let hue: Vector3 =
            lamp > 0 ? Vector3(1, 0.03, 0.02) : lamp == 0 ? Vector3(1, 0.5, 0.02) : Vector3(0.02, 0.9, 0.35)
        let on = Int32(style) == 1 - lamp
        return SurfaceLook(albedo: hue * 0.06, emission: on ? hue * (at.isDark ? 1.4 : 0.9) : .zero)
    }
}
