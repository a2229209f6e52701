package import SGCBase

/// The bytes of one or more tensors: a block of a memory pool, returned when the last tensor goes.
package final class Storage: @unchecked Sendable {
    // Proof for @unchecked: the bytes are written while only their creator holds the storage, or by the in-place
    // operations of a trainer, which has exclusive use of its parameters; `derived` is guarded by its lock.
    private let block: MemoryPool.Block
    package let byteCount: Int
    package let device: Device
    /// What the backend derived from these bytes and may reuse as long as they do not change (packed weights).
    private let derived = Lock<[AnyHashable: any Sendable]>([:])

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
        if let value = derived.withLock({ $0[key] }) as? Value { return value }
        let value = try make()
        derived.withLock { $0[key] = value }
        return value
    }

    /// Forgets everything derived; called after the bytes were changed in place.
    func contentChanged() {
        derived.withLock { $0.removeAll() }
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

    /// Must be called after the bytes were changed in place: forgets what backends derived from them.
    package func contentChanged() { storage.contentChanged() }
}
