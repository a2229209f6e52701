/// Images from which a teacher's answer could not be used.
struct TeacherFailures: HealthRule {
    let name = "teacher-failures"
    private static let most = 0.01

    func examine(_ run: RunRecord) -> Finding? {
        let shares = ["labels_failed", "distillation_failed"].compactMap { name in
            run.mean(name).map { (name: name, share: $0) }
        }
        guard let worst = shares.max(by: { $0.share < $1.share }), worst.share > Self.most else { return nil }
        let teachers = run.configuration.run.teachers
        return Finding(
            severity: worst.share > 0.5 ? .critical : .warning,
            seen: "\(fixed(100 * worst.share, 0)) % of the images have no usable answer (\(worst.name))",
            why: "numbers that are not finite, or classes beyond those of the run, teach nothing",
            changes: teachers.map { .run("sgc teacher probe \($0)", "what the network expects and gives") })
    }
}
