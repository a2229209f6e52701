import CHost
import Glibc
import SGCBase

/// What a handle of the C interface can stand for; the raw value is the handle's tag.
enum HandleKind: UInt16 {
    case tokenizer = 0x5A01
    case trainer = 0x5A02
    case teacher = 0x5A03

    /// How messages call it.
    var name: String {
        switch self {
        case .tokenizer: "tokenizer"
        case .trainer: "trainer"
        case .teacher: "teacher"
        }
    }
}

/// An object behind a handle.
protocol HandleObject: AnyObject, Sendable {
    static var kind: HandleKind { get }
}

/// The objects that hosts hold handles of.
///
/// A handle is a number and not an address: tag (16 bits), generation (32), slot (16), from the top. The generation counts
/// all handles ever made, so no two handles share one; a freed, foreign, truncated, neighbouring or wrong-typed value never
/// finds an object. The table keeps each object alive until it is removed; a call keeps it alive for its own length.
struct HandleTable {
    private struct Entry {
        var handle: UInt64
        var object: any HandleObject
        var process: pid_t
    }

    /// The table of this process.
    static let shared = ForkSafeLock(HandleTable())

    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var generation: UInt32 = 0

    /// How many handles are alive.
    var count: Int { entries.count - free.count }

    /// Gives `object` a handle.
    /// - Throws: `.limit` when 65,536 handles are alive, or more than four billion were made.
    mutating func insert<Object: HandleObject>(_ object: Object) throws(SGCError) -> UInt64 {
        guard generation < .max else {
            throw SGCError(.limit, "expected at most \(UInt32.max) handles in the life of a process")
        }
        guard let slot = free.last ?? (entries.count < Int(CHOST_SLOTS) ? entries.count : nil) else {
            throw SGCError(.limit, "expected at most \(CHOST_SLOTS) handles alive at once: free some")
        }
        generation += 1
        let handle = UInt64(Object.kind.rawValue) << 48 | UInt64(generation) << 16 | UInt64(slot)
        let entry = Entry(handle: handle, object: object, process: getpid())
        if free.popLast() == nil {
            entries.append(entry)
        } else {
            entries[slot] = entry
        }
        chost_slot_publish(UInt32(slot), handle)
        return handle
    }

    /// The object of a handle.
    /// - Throws: `.handle` when it is not a live one of this type; `.forked` for a trainer of the parent process.
    func object<Object: HandleObject>(_ handle: UInt64, as type: Object.Type) throws(SGCError) -> Object {
        let (object, isInherited) = try find(handle, as: type)
        if isInherited && Object.kind == .trainer {
            throw SGCError(.forked, "this trainer belongs to the process that created it, and this is its child")
        }
        return object
    }

    /// Takes a handle out of the table.
    /// - Returns: its object, and whether a parent process made it.
    /// - Throws: `.handle` when it is not a live one of this type.
    mutating func remove<Object: HandleObject>(
        _ handle: UInt64, as type: Object.Type
    ) throws(SGCError) -> (object: Object, isInherited: Bool) {
        let found = try find(handle, as: type)
        let slot = Self.slot(of: handle)
        entries[slot] = nil
        free.append(slot)
        chost_slot_publish(UInt32(slot), 0)
        return found
    }

    /// The slot that a handle's value names, whether or not it is alive.
    static func slot(of handle: UInt64) -> Int { Int(handle & 0xFFFF) }

    private func find<Object: HandleObject>(
        _ handle: UInt64, as type: Object.Type
    ) throws(SGCError) -> (object: Object, isInherited: Bool) {
        guard handle != 0 else {
            throw SGCError(.handle, "expected a \(Object.kind.name), got NULL")
        }
        let slot = Self.slot(of: handle)
        guard entries.indices.contains(slot), let entry = entries[slot], entry.handle == handle else {
            throw SGCError(.handle, "expected a live \(Object.kind.name), got a handle that was freed or never existed")
        }
        guard let object = entry.object as? Object else {
            throw SGCError(.handle, "expected a \(Object.kind.name), got a handle of another type")
        }
        return (object, entry.process != getpid())
    }
}
