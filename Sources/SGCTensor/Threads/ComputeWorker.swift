import CKernels
package import SGCBase

extension Worker {
    /// A worker for one tensor computation after another, whose OpenMP threads sleep while there is none.
    package static func compute() -> Worker {
        Worker(waiting: Waiting(begin: { sgc_team_rest() }, end: { sgc_team_wake() }))
    }
}
