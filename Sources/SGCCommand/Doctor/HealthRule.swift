/// Knows one sickness of trainings.
protocol HealthRule: Sendable {
    /// Lower-case letters and hyphens.
    var name: String { get }

    /// What the run has of this sickness; nil when it has not, and when the run is too short to tell.
    func examine(_ run: RunRecord) -> Finding?
}

/// All rules. Register a new one here.
enum HealthRules {
    static let all: [any HealthRule] = [
        UnfinishedRun(), SkippedSteps(), RisingLoss(), SlowLearning(), Plateau(), CodebookCollapse(), DeadCodes(),
        MissingGuidance(), LowPurity(), ClassImbalance(), WrongLabels(), ColdDiscriminator(), AdversarialExplosion(),
        DiscriminatorBalance(), LossBalance(), ConstantClipping(), DataWait(), TeacherFailures(),
    ]
}
