import SGCBase

/// What kind of country a scene lies in.
enum SceneSetting: Sendable {
    case city
    case suburb
    case country
}

/// Light and weather, in linear colours.
struct SceneConditions: Sendable {
    enum Daytime: Sendable {
        case day
        case lowSun
        case night
    }

    var daytime = Daytime.day
    /// The direction toward the sun (or the moon), of length one.
    var sunDirection: Vector3 = [0, 1, 0]
    var sunColor: Vector3 = .zero
    var ambient: Vector3 = .zero
    var zenith: Vector3 = .zero
    var horizon: Vector3 = .zero
    var cloudColor: Vector3 = .zero
    /// The share of the sky under cloud, 0...1.
    var cloudCover: Float = 0
    /// Extinction by haze and fog, per metre.
    var fogDensity: Float = 0
    var fogColor: Vector3 = .zero
    /// How wet the ground is, 0...1.
    var wetness: Float = 0
    /// How strong the rain is, 0...1.
    var rain: Float = 0
    /// The spread of the sensor's noise, in units of the 8-bit output.
    var sensorNoise: Float = 1
    var exposure: Float = 1
    /// White balance of the camera.
    var tint: Vector3 = [1, 1, 1]
    var seed: UInt32 = 0

    init(random: inout RandomSource) {
        seed = random.nextWord()
        let pick = random.uniform()
        daytime = pick < 0.68 ? .day : pick < 0.87 ? .lowSun : .night
        chooseSun(&random)
        chooseWeather(&random)
        exposure = random.uniform(0.75, 1.6)
        tint = [random.uniform(0.93, 1.07), 1, random.uniform(0.93, 1.07)]
        sensorNoise = daytime == .night ? random.uniform(1, 3) : random.uniform(0.3, 1.8)
    }

    /// Whether lamps and windows shine.
    var isDark: Bool { daytime == .night }

    private mutating func chooseSun(_ random: inout RandomSource) {
        let height = daytime == .lowSun ? random.uniform(0.08, 0.3) : random.uniform(0.4, 0.95)
        let turns = random.uniform()
        let flat = (1 - height * height).squareRoot()
        sunDirection = normalize([flat * sineOfTurns(turns), height, flat * cosineOfTurns(turns)])
        switch daytime {
        case .day:
            sunColor = [0.95, 0.9, 0.8]
            ambient = [0.38, 0.42, 0.5]
            zenith = mix([0.08, 0.2, 0.55], [0.2, 0.38, 0.75], random.uniform())
            horizon = mix([0.5, 0.62, 0.8], [0.75, 0.78, 0.8], random.uniform())
            cloudColor = [0.92, 0.92, 0.92]
        case .lowSun:
            sunColor = mix([1.1, 0.5, 0.2], [1.05, 0.75, 0.5], random.uniform())
            ambient = mix([0.24, 0.24, 0.34], [0.32, 0.3, 0.34], random.uniform())
            zenith = mix([0.08, 0.13, 0.33], [0.25, 0.22, 0.38], random.uniform())
            horizon = mix([0.9, 0.42, 0.18], [0.85, 0.65, 0.5], random.uniform())
            cloudColor = mix([0.75, 0.42, 0.32], [0.5, 0.42, 0.45], random.uniform())
        case .night:
            sunColor = [0.02, 0.025, 0.04]
            ambient = mix([0.03, 0.035, 0.055], [0.08, 0.07, 0.065], random.uniform())
            zenith = mix([0.002, 0.004, 0.012], [0.012, 0.012, 0.03], random.uniform())
            horizon = mix([0.02, 0.025, 0.05], [0.09, 0.06, 0.035], random.uniform())
            cloudColor = [0.035, 0.032, 0.035]
        }
    }

    private mutating func chooseWeather(_ random: inout RandomSource) {
        let pick = random.uniform()
        fogDensity = random.uniform(0.0004, 0.003)
        fogColor = horizon
        switch pick {
        case ..<0.28:
            cloudCover = random.uniform(0, 0.25)
        case ..<0.58:
            cloudCover = random.uniform(0.3, 0.6)
        case ..<0.8:
            overcast(random.uniform(0.75, 1))
        case ..<0.9:
            overcast(random.uniform(0.7, 1))
            fogDensity = random.uniform(0.006, 0.028)
            zenith = mix(zenith, horizon, 0.85)
        default:
            overcast(1)
            rain = random.uniform(0.3, 1)
            wetness = random.uniform(0.6, 1)
            fogDensity = random.uniform(0.003, 0.009)
            ambient *= random.uniform(0.6, 0.9)
        }
        if rain == 0, random.uniform() < 0.12 { wetness = random.uniform(0.2, 0.8) }
    }

    /// Hides the sun behind cloud: weaker direct light, greyer everything.
    private mutating func overcast(_ amount: Float) {
        func grey(_ c: Vector3) -> Vector3 { Vector3(repeating: dot(c, [0.3, 0.5, 0.2])) }
        cloudCover = 1
        sunColor = mix(sunColor, sunColor * 0.08, amount)
        ambient = mix(ambient, grey(ambient) * 1.25, amount)
        horizon = mix(horizon, grey(horizon) * 0.9, amount)
        zenith = mix(zenith, grey(horizon) * 0.7, amount)
        cloudColor = mix(cloudColor, grey(cloudColor) * 0.62, amount)
        fogColor = horizon
    }

    /// How much of the light of something `distance` metres away reaches the camera, 0...1.
    func transmittance(_ distance: Float) -> Float {
        decay(distance * fogDensity)
    }
}
