import SGCBase
import SGCTokenizer

/// What all rules found in a run, the worst first.
struct Diagnosis: Sendable {
    let run: RunRecord
    let findings: [(rule: String, finding: Finding)]

    init(of run: RunRecord, by rules: [any HealthRule] = HealthRules.all) {
        self.run = run
        let all = rules.compactMap { rule in rule.examine(run).map { (rule: rule.name, finding: $0) } }
        findings = Finding.Severity.allCases.reversed().flatMap { severity in
            all.filter { $0.finding.severity == severity }
        }
    }

    var worst: Finding.Severity? { findings.first?.finding.severity }

    var json: JSONValue {
        .object([
            ("run", .string(run.path)), ("steps", JSONValue(run.steps)),
            ("planned_steps", JSONValue(run.configuration.run.steps)), ("healthy", .bool(findings.isEmpty)),
            ("worst", worst.map { .string($0.rawValue) } ?? .null),
            ("findings", .array(findings.map { Self.json($0.rule, $0.finding) })),
            ("rules", .array(HealthRules.all.map { .string($0.name) })),
        ])
    }

    private static func json(_ rule: String, _ finding: Finding) -> JSONValue {
        .object([
            ("rule", .string(rule)), ("severity", .string(finding.severity.rawValue)),
            ("seen", .string(finding.seen)), ("why", .string(finding.why)),
            (
                "changes",
                .array(
                    finding.changes.map { change in
                        switch change.kind {
                        case .setting(let text):
                            .object([("setting", .string(text)), ("effect", .string(change.effect))])
                        case .command(let text):
                            .object([("command", .string(text)), ("effect", .string(change.effect))])
                        }
                    })
            ),
        ])
    }

    var text: String {
        let quantizer = run.configuration.training.tokenizer.quantizer
        var text = "\(run.path): \(quantizer.kind.rawValue), \(quantizer.codebookSize) codes, "
        text += "\(run.steps) of \(run.configuration.run.steps) steps\n"
        guard !findings.isEmpty else {
            return text + "healthy: none of \(HealthRules.all.count) rules found anything\n"
        }
        for (rule, finding) in findings {
            text += "\n\(finding.severity.rawValue): \(rule)\n"
            text += table(
                [("  seen", finding.seen), ("  why", finding.why)]
                    + finding.changes.enumerated().map { index, change in
                        (index == 0 ? "  change" : "", "\(change.text)  (\(change.effect))")
                    })
        }
        let hasSettings = findings.contains { $0.finding.changes.contains { $0.isSetting } }
        guard hasSettings else { return text }
        return text + "\nA run with changed settings: "
            + "sgc train --config \(run.path)/config.json --set KEY=VALUE --out ANOTHER\n"
    }
}

extension Finding.Change {
    fileprivate var text: String {
        switch kind {
        case .setting(let setting): "--set \(setting)"
        case .command(let command): command
        }
    }

    fileprivate var isSetting: Bool {
        if case .setting = kind { true } else { false }
    }
}
