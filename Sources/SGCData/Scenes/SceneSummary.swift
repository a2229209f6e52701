/// Where, when and in what weather a scene is, in words: what captions and evaluations by condition need.
package struct SceneSummary: Sendable, Equatable {
    /// `city`, `suburb` or `country`.
    package let setting: String
    /// `day`, `low sun` or `night`.
    package let daytime: String
    /// `clear`, `cloudy`, `overcast`, `fog` or `rain`: the one that shows most.
    package let weather: String
    /// Whether the road shines with water, which it may after rain, too.
    package let isWet: Bool
}

extension Scene {
    package var summary: SceneSummary {
        let setting =
            switch setting {
            case .city: "city"
            case .suburb: "suburb"
            case .country: "country"
            }
        let daytime =
            switch conditions.daytime {
            case .day: "day"
            case .lowSun: "low sun"
            case .night: "night"
            }
        return SceneSummary(
            setting: setting, daytime: daytime, weather: conditions.weather, isWet: conditions.wetness > 0)
    }
}

extension SceneConditions {
    /// The bounds lie between the ranges that the conditions are drawn from.
    fileprivate var weather: String {
        if rain > 0 { return "rain" }
        if fogDensity > 0.005 { return "fog" }
        if cloudCover > 0.7 { return "overcast" }
        return cloudCover > 0.27 ? "cloudy" : "clear"
    }
}
