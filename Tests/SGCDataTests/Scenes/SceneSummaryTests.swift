import SGCBase
import Testing

@testable import SGCData

@Suite struct SceneSummaryTests {
    @Test("settings, daytimes and weathers come as often as they are drawn")
    func shares() throws {
        let set = try SceneSet(seed: 3, width: 8, height: 8)
        let count = 1000
        var counts: [String: Int] = [:]
        for index in 0..<count {
            let summary = set.scene(index).summary
            for word in [summary.setting, summary.daytime, summary.weather] { counts[word, default: 0] += 1 }
        }
        let shares = [
            "city": 0.52, "suburb": 0.26, "country": 0.22, "day": 0.68, "low sun": 0.19, "night": 0.13,
            "clear": 0.28, "cloudy": 0.3, "overcast": 0.22, "fog": 0.1, "rain": 0.1,
        ]
        #expect(Set(counts.keys) == Set(shares.keys))
        // Four standard deviations of a count are at most 64.
        for (word, share) in shares {
            #expect(abs(Double(counts[word] ?? 0) - share * Double(count)) < 64, "\(word): \(counts[word] ?? 0)")
        }
    }

    @Test("a rainy scene is wet, and its picture by night is darker than that of a day")
    func agreesWithPicture() throws {
        var sums = (day: 0, night: 0)
        var views = (day: 0, night: 0)
        for seed in 0..<200 as Range<UInt64> {
            let scene = Scene(seed: seed)
            let summary = scene.summary
            if summary.weather == "rain" { #expect(summary.isWet) }
            let pixels = try scene.frame(time: 0, width: 8, height: 8).image.pixels
            let sum = pixels.reduce(0) { $0 + Int($1) }
            if summary.daytime == "day" { (sums.day, views.day) = (sums.day + sum, views.day + 1) }
            if summary.daytime == "night" { (sums.night, views.night) = (sums.night + sum, views.night + 1) }
        }
        #expect(views.day > 0 && views.night > 0)
        #expect(sums.night * views.day * 10 < sums.day * views.night * 9)
    }
}
