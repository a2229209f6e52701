import CHost
import Glibc
import SGCBase

/// A handle as the header has it: a pointer whose value is looked up and never followed.
extension OpaquePointer? {
    /// The number in the pointer; 0 for NULL.
    var handle: UInt64 { UInt64(UInt(bitPattern: self)) }

    /// The object that the handle stands for, kept alive by the caller.
    func object<Object: HandleObject>(as type: Object.Type) throws(SGCError) -> Object {
        let handle = unsafe handle
        return try HandleTable.shared.withLock { table throws(SGCError) in
            try table.object(handle, as: type)
        }
    }

    /// Frees the handle; the object lives on while calls use it.
    ///
    /// A trainer of the parent process is forgotten and not taken down: other threads of the parent may have been at work
    /// in it at the time of the fork.
    func free<Object: HandleObject>(as type: Object.Type) throws(SGCError) {
        let handle = unsafe handle
        guard handle != 0 else { return }
        let (object, isInherited) = try HandleTable.shared.withLock { table throws(SGCError) in
            try table.remove(handle, as: type)
        }
        if isInherited && Object.kind == .trainer {
            _ = unsafe Unmanaged.passRetained(object)
        }
    }

    /// Tells a call on this handle whether it was cancelled since now.
    var cancellation: Cancellation {
        let slot = unsafe UInt32(HandleTable.slot(of: handle))
        let atStart = chost_slot_requests(slot)
        return Cancellation { chost_slot_requests(slot) != atStart }
    }
}

/// Gives `object` a handle and stores it where the host wants it.
func publish<Object: HandleObject>(
    _ object: Object, at out: UnsafeMutablePointer<OpaquePointer?>
) throws(SGCError) {
    let handle = try HandleTable.shared.withLock { table throws(SGCError) in
        try table.insert(object)
    }
    unsafe UnsafeMutableRawPointer(out).storeBytes(of: handle, as: UInt64.self)
}
