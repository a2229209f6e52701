import SGCBase
import SGCTensor

/// The device of the oracle.
func referenceDevice() -> Device { Device(backend: ReferenceBackend()) }

/// A device of the CPU backend.
func cpuDevice(threads: Int = 2) -> Device { Device(backend: CPUBackend(), threads: threads) }

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
    for pair in BackendPair.all { try body(pair) }
}

/// One device of each backend.
func testDevices() -> [Device] { [referenceDevice(), cpuDevice()] }
