/// The training waits for its data.
struct DataWait: HealthRule {
    let name = "data-wait"
    private static let most = 0.25

    func examine(_ run: RunRecord) -> Finding? {
        // The first batches are always waited for.
        guard run.steps >= RisingLoss.parts, let share = run.mean("data_wait", in: 0.25...1), share > Self.most
        else { return nil }
        let (data, settings) = (run.configuration.data, run.configuration.run)
        var changes: [Finding.Change] = []
        if !data.isCached {
            changes.append(.set("data.cached", "true", "examples stay in memory after their first use"))
        }
        if settings.prefetch < 8 {
            changes.append(.set("run.prefetch", "\(settings.prefetch * 4)", "batches that are ready ahead"))
        }
        return Finding(
            severity: .warning,
            seen: "\(fixed(100 * share, 0)) % of the time passes waiting (data_wait)",
            why: "images are read and scaled more slowly than they are learned from", changes: changes)
    }
}
