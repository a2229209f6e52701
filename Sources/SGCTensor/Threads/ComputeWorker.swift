import CKernels
package import SGCBase

extension Worker {
    /// A worker for tensor computations, whose OpenMP threads leave the processors to others while there is none.
    package static func compute() -> Worker {
        Worker(idling: Idling(begin: { sgc_pool_rest() }, end: { sgc_pool_wake() }))
    }
}
