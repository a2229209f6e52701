import SGCBase

/// One thing that is wrong with a run, or may be.
struct Finding: Sendable, Equatable {
    /// From the least to the worst.
    enum Severity: String, Sendable, CaseIterable {
        /// Worth knowing.
        case note
        /// Costs quality or time.
        case warning
        /// What comes out is of no use.
        case critical
    }

    /// What would change it.
    struct Change: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            /// A setting `a.b=c` of a new run.
            case setting(String)
            /// A command line.
            case command(String)
        }

        let kind: Kind
        let effect: String

        static func set(_ key: String, _ value: String, _ effect: String) -> Change {
            Change(kind: .setting("\(key)=\(value)"), effect: effect)
        }

        static func run(_ command: String, _ effect: String) -> Change {
            Change(kind: .command(command), effect: effect)
        }
    }

    let severity: Severity
    /// The figure, and where it was seen.
    let seen: String
    /// Why it matters.
    let why: String
    let changes: [Change]
}
