import SGCBase
import SGCTensor

/// The device of the oracle.
func referenceDevice() -> Device { Device(backend: ReferenceBackend()) }

/// A device of the CPU backend; `.unsupported` as long as that backend does not provide every family of operations.
func cpuDevice(threads: Int = 2) throws(SGCError) -> Device {
    guard let backend = CPUBackend() as AnyObject as? any Backend else {
        throw SGCError(.unsupported, "the CPU backend is not complete")
    }
    return Device(backend: backend, threads: threads)
}

/// Whether the CPU backend provides every family of operations.
let hasCPU = (try? cpuDevice()) != nil

/// The CPU backend in one precision, beside the Reference backend.
struct BackendPair: Sendable, CustomStringConvertible {
    let dataType: DataType
    let threads: Int
    /// The accepted difference, relative to the value and to the largest value.
    let tolerance: Double

    var description: String { "CPU \(dataType), \(threads) threads" }

    /// float32 on one and on two threads, and bfloat16 (8 significant bits, an operation rounds more than once).
    static let all = [
        BackendPair(dataType: .float32, threads: 1, tolerance: 2e-5),
        BackendPair(dataType: .float32, threads: 2, tolerance: 2e-5),
        BackendPair(dataType: .bfloat16, threads: 2, tolerance: 2e-2),
    ]
}

/// Runs `body` for the CPU backend in each precision.
func forEachBackendPair(_ body: (BackendPair) throws -> Void) rethrows {
    for pair in BackendPair.all where hasCPU { try body(pair) }
}

/// One device of each backend.
func testDevices() throws -> [Device] { [referenceDevice()] + (hasCPU ? [try cpuDevice()] : []) }
