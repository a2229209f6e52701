package import SGCBase

/// The bytes of one or more tensors: a block of a memory pool, returned when the last tensor goes.
package final class Storage: @unchecked Sendable {
    // Proof for @unchecked: the bytes are written while only their creator holds the storage, or by the in-place
    // operations of a trainer, which has exclusive use of its parameters; `derivations` is touched under `gate` only.
    private let block: MemoryPool.Block
    package let byteCount: Int
    package let device: Device
    /// What the backend derived from these bytes and may reuse as long as they do not change (packed weights).
    private var derivations: [AnyHashable: any Sendable] = [:]
    /// One lock for all storages: a lock per storage may be stuck in a forked child.
    private static let gate = ForkSafeLock(())

    /// - Throws: `.outOfMemory`.
    package init(byteCount: Int, device: Device) throws(SGCError) {
        block = try device.memory.allocate(byteCount)
        self.byteCount = byteCount
        self.device = device
    }

    deinit {
        device.memory.release(block)
    }

    package var address: UnsafeMutableRawPointer { unsafe block.address }

    /// What was derived under `key`, made by `make` on first use.
    func derived<Value: Sendable>(
        _ key: AnyHashable, make: () throws(SGCError) -> Value
    ) throws(SGCError) -> Value {
        if let value = Self.gate.withLock({ _ in derivations[key] }) as? Value { return value }
        let value = try make()
        Self.gate.withLock { _ in derivations[key] = value }
        return value
    }

    /// Forgets everything derived: after the bytes were changed in place, or to save memory.
    func forgetDerivations() {
        // What is forgotten is released outside of the lock: that takes the memory pool's.
        let forgotten = Self.gate.withLock { _ in
            let all = derivations
            derivations = [:]
            return all
        }
        withExtendedLifetime(forgotten) {}
    }
}

extension Tensor {
    /// Whether nothing else shares the bytes, so that they may be changed in place.
    package mutating func isUniquelyStored() -> Bool { isKnownUniquelyReferenced(&storage) }

    /// The same values in bytes of their own, on another device if wanted.
    package func copied(to target: Device? = nil) throws(SGCError) -> Tensor {
        let copy = try Tensor(uninitialized: shape, dataType, on: target ?? device)
        unsafe copy.storage.address.copyMemory(from: storage.address, byteCount: count * dataType.size)
        return copy
    }

    /// Forgets what backends derived from the bytes. It must be called after these were changed in place, and may be to
    /// save memory: in training a packed weight is of use once, since it changes before the next step.
    package func forgetPacking() { storage.forgetDerivations() }
}
