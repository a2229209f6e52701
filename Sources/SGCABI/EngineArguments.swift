import CSGC
import SGCBase
import SGCTokenizer

/// The options of a handle; all defaults for NULL.
func engineOptions(_ pointer: UnsafePointer<sgc_engine_options>?) throws(SGCError) -> EngineOptions {
    guard let pointer = unsafe pointer else { return EngineOptions() }
    let options = try unsafe structure(pointer, "options")
    guard options.threads >= 0 else {
        throw SGCError(.argument, "options: expected threads in 0...1024, got \(options.threads)")
    }
    guard options.threads <= 1024 else {
        throw SGCError(.limit, "options: expected threads in 0...1024, got \(options.threads)")
    }
    guard options.tile_size >= 0 else {
        throw SGCError(.argument, "options: expected a tile_size of at least 0, got \(options.tile_size)")
    }
    return EngineOptions(
        threads: Int(options.threads), precision: try precision(options.precision),
        memoryBudget: Int(clamping: options.memory_budget_bytes),
        operationLimit: Int(clamping: options.operation_limit), tileSize: Int(options.tile_size))
}

private func precision(_ value: Int32) throws(SGCError) -> Precision {
    switch Int(value) {
    case SGC_PRECISION_FLOAT32: return .float32
    case SGC_PRECISION_BFLOAT16: return .bfloat16
    default: throw SGCError(.argument, "options: expected a precision of 0 (float32) or 1 (bfloat16), got \(value)")
    }
}
