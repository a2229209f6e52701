import SGCTokenizer

/// Codes that nothing hits any more.
struct DeadCodes: HealthRule {
    let name = "dead-codes"
    private static let usage = 0.9

    func examine(_ run: RunRecord) -> Finding? {
        guard let usage = run.usage, usage.share < Self.usage, CodebookCollapse().examine(run) == nil else {
            return nil
        }
        let size = run.configuration.training.tokenizer.quantizer.codebookSize
        return Finding(
            severity: .warning,
            seen: "\(fixed((1 - usage.share) * Double(size), 0)) of \(size) codes are not in use (\(usage.place))",
            why: "they cost memory and search, and no token ever has them", changes: run.revivals)
    }
}
