import CKernels
import Glibc
import SGCBase

/// The threads that this process may use: what OpenMP allows (affinity and `OMP_NUM_THREADS`), and no more than the
/// cgroup's processor quota.
package func availableThreads() -> Int {
    let allowed = max(1, Int(sgc_default_thread_count()))
    guard let quota = processorQuota() else { return allowed }
    return max(1, min(allowed, Int(quota.rounded(.up))))
}

/// Processors that the control group grants (cgroup v2's `cpu.max`: microseconds per period); `nil` without a limit.
private func processorQuota() -> Double? {
    let file = unsafe open("/sys/fs/cgroup/cpu.max", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
    guard count > 0 else { return nil }
    let fields = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let granted = Double(fields[0]), let period = Double(fields[1]), period > 0, granted > 0
    else { return nil }
    return granted / period
}
