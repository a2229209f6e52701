import SGCONNX
package import SGCTensor

/// The arithmetic of large products. Weights, norms, distances and losses are float32 in both.
package enum Precision: String, Sendable, CaseIterable {
    case float32, bfloat16

    var dataType: DataType { self == .float32 ? .float32 : .bfloat16 }
}

/// How a tokenizer or a trainer computes.
package struct EngineOptions: Sendable, Equatable {
    /// Threads of one operation; 0 takes what the machine and the process's limits allow.
    package var threads = 0
    package var precision = Precision.float32
    /// The most bytes of weights, activations and buffers at once; 0 is no limit.
    package var memoryBudget = 0
    /// The most floating-point operations of one run of a teacher's network; 0 is the default of ``RunLimits``.
    package var operationLimit = 0
    /// The longest side of an image that a loaded tokenizer computes at once, in pixels, rounded down to whole tokens;
    /// larger images are computed in tiles of this size. 0 is no limit.
    package var tileSize = 0

    package init(
        threads: Int = 0, precision: Precision = .float32, memoryBudget: Int = 0, operationLimit: Int = 0,
        tileSize: Int = 0
    ) {
        self.threads = threads
        self.precision = precision
        self.memoryBudget = memoryBudget
        self.operationLimit = operationLimit
        self.tileSize = tileSize
    }

    /// How a teacher's network is prepared and run. Its shape arithmetic in plain memory has a budget of its own.
    var programOptions: ProgramOptions {
        var options = ProgramOptions()
        options.precision = precision.dataType
        if operationLimit > 0 { options.limits.operations = Double(operationLimit) }
        if memoryBudget > 0 { options.limits.hostBytes = min(options.limits.hostBytes, memoryBudget) }
        return options
    }

    /// A device of the CPU backend with these options.
    ///
    /// - Parameter times: where every operation is counted.
    package func makeDevice(times: OperationTimes? = nil) -> Device {
        let backend: any Backend = CPUBackend()
        return Device(
            backend: times.map { TimedBackend(backend, times: $0) } ?? backend,
            threads: threads > 0 ? threads : availableThreads(), memoryBudget: memoryBudget)
    }
}
