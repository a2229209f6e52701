import CKernels
import COneDNN
import SGCBase

// The little of oneDNN's C interface that the backend needs, with errors and owned handles.

/// Throws when oneDNN refuses: `.outOfMemory`, `.unsupported` or `.internalError`.
func check(_ status: dnnl_status_t, _ operation: String) throws(SGCError) {
    switch status {
    case dnnl_success: return
    case dnnl_out_of_memory: throw SGCError(.outOfMemory, "\(operation): oneDNN ran out of memory")
    case dnnl_unimplemented:
        throw SGCError(.unsupported, "\(operation): oneDNN has no implementation for this shape and type")
    default: throw SGCError(.internalError, "\(operation): oneDNN status \(status.rawValue)")
    }
}

/// The processor as oneDNN sees it.
@safe final class DNNEngine: @unchecked Sendable {
    // Proof for @unchecked: an engine is immutable after creation; oneDNN allows its use from any thread.
    let handle: dnnl_engine_t

    private init?() {
        var engine: dnnl_engine_t?
        guard unsafe dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success, let engine = unsafe engine else {
            return nil
        }
        unsafe handle = engine
        unsafe Self.makeLists(engine)
        watchExit()
    }

    /// Asks once for each kind of operation, so that oneDNN's lists of implementations exist before ``watchExit()``:
    /// else they are destroyed before the end of the process waits for a thread that searches them.
    private static func makeLists(_ engine: dnnl_engine_t) {
        var (image, weight) = (dnnl_memory_desc_t(), dnnl_memory_desc_t())
        var (matrix, none) = (dnnl_memory_desc_t(), dnnl_memory_desc_t())
        unsafe dnnl_memory_desc_init_by_tag(&image, 4, [1, 16, 4, 4], dnnl_f32, dnnl_nhwc)
        unsafe dnnl_memory_desc_init_by_tag(&weight, 4, [16, 16, 1, 1], dnnl_f32, dnnl_oihw)
        unsafe dnnl_memory_desc_init_by_tag(&matrix, 2, [16, 16], dnnl_f32, dnnl_ab)
        let (ones, zeros): ([Int64], [Int64]) = ([1, 1], [0, 0])
        // What oneDNN answers does not matter here: real requests have their own checks.
        func ask(_ operation: UnsafeRawPointer, hint: dnnl_primitive_desc_t? = nil) -> dnnl_primitive_desc_t? {
            var descriptor: dnnl_primitive_desc_t?
            unsafe dnnl_primitive_desc_create(&descriptor, operation, nil, engine, hint)
            return unsafe descriptor
        }
        var convolution = dnnl_convolution_desc_t()
        unsafe dnnl_dilated_convolution_forward_desc_init(
            &convolution, dnnl_forward_training, dnnl_convolution_direct, &image, &weight, &none, &image, ones, zeros,
            zeros, zeros)
        let forward = unsafe ask(&convolution)
        unsafe dnnl_dilated_convolution_backward_data_desc_init(
            &convolution, dnnl_convolution_direct, &image, &weight, &image, ones, zeros, zeros, zeros)
        let data = unsafe ask(&convolution, hint: forward)
        unsafe dnnl_dilated_convolution_backward_weights_desc_init(
            &convolution, dnnl_convolution_direct, &image, &weight, &none, &image, ones, zeros, zeros, zeros)
        let weights = unsafe ask(&convolution, hint: forward)
        var product = dnnl_matmul_desc_t()
        unsafe dnnl_matmul_desc_init(&product, &matrix, &matrix, &none, &matrix)
        let matmul = unsafe ask(&product)
        var reorder: dnnl_primitive_desc_t?
        unsafe dnnl_reorder_primitive_desc_create(&reorder, &matrix, engine, &matrix, engine, nil)
        var primitive: dnnl_primitive_t?
        if let reorder = unsafe reorder, unsafe dnnl_primitive_create(&primitive, reorder) == dnnl_success {
            unsafe dnnl_primitive_destroy(primitive)
        }
        let all = unsafe [forward, data, weights, matmul, reorder]
        for index in unsafe all.indices {
            if let descriptor = unsafe all[index] { unsafe dnnl_primitive_desc_destroy(descriptor) }
        }
    }

    private static let shared = DNNEngine()

    /// - Throws: `.internalError` when oneDNN cannot start.
    static func get() throws(SGCError) -> DNNEngine {
        guard let engine = shared else { throw SGCError(.internalError, "oneDNN: no processor engine") }
        return engine
    }
}

/// How the elements of an operand lie in memory.
struct DNNLayout: @unchecked Sendable {
    var descriptor = dnnl_memory_desc_t()

    /// A plain or free (`dnnl_format_tag_any`) layout of logical dimensions.
    init(_ dimensions: [Int], _ type: dnnl_data_type_t, _ tag: dnnl_format_tag_t) throws(SGCError) {
        let sizes = dimensions.map(Int64.init)
        try check(
            unsafe dnnl_memory_desc_init_by_tag(&descriptor, Int32(sizes.count), sizes, type, tag), "memory layout")
    }

    /// A layout with explicit strides in elements.
    init(_ dimensions: [Int], _ type: dnnl_data_type_t, strides: [Int]) throws(SGCError) {
        let sizes = dimensions.map(Int64.init)
        let steps = strides.map(Int64.init)
        try check(
            unsafe dnnl_memory_desc_init_by_strides(&descriptor, Int32(sizes.count), sizes, type, steps),
            "memory layout")
    }

    /// No operand (a missing bias).
    init() {}

    init(_ descriptor: dnnl_memory_desc_t) { self.descriptor = descriptor }

    var byteCount: Int {
        var copy = descriptor
        return unsafe dnnl_memory_desc_get_size(&copy)
    }

    func isEqual(_ other: DNNLayout) -> Bool {
        var a = descriptor
        var b = other.descriptor
        return unsafe dnnl_memory_desc_equal(&a, &b) != 0
    }
}

/// An operand of one execution: an argument slot, a layout and an address.
struct DNNArgument {
    let slot: Int32
    let layout: DNNLayout
    let storage: Storage

    init(_ slot: Int32, _ layout: DNNLayout, _ storage: Storage) {
        self.slot = slot
        self.layout = layout
        self.storage = storage
    }
}

/// A compiled operation and the layouts it chose.
@safe final class DNNPrimitive: @unchecked Sendable {
    // Proof for @unchecked: immutable after init; oneDNN primitives may be executed from several threads at once when
    // each execution has a scratchpad of its own, which `execute` gives it.
    private let handle: dnnl_primitive_t
    /// Kept for queries, and as the hint that backward primitives need.
    let descriptor: dnnl_primitive_desc_t
    private let scratchpad: DNNLayout

    /// Compiles the operation that `operation` points to (a `dnnl_*_desc_t`).
    ///
    /// - Parameters:
    ///   - activation: a fusible function that the operation applies to its results.
    ///   - accumulates: whether results are added to what their memory holds.
    convenience init(
        _ operation: UnsafeRawPointer, name: String, hint: DNNPrimitive? = nil, activation: UnaryFunction? = nil,
        accumulates: Bool = false
    ) throws(SGCError) {
        var attributes: dnnl_primitive_attr_t?
        try check(unsafe dnnl_primitive_attr_create(&attributes), name)
        defer { unsafe dnnl_primitive_attr_destroy(attributes) }
        var operations: dnnl_post_ops_t?
        try check(unsafe dnnl_post_ops_create(&operations), name)
        defer { unsafe dnnl_post_ops_destroy(operations) }
        if accumulates { try check(unsafe dnnl_post_ops_append_sum(operations, 1), name) }
        if let (function, alpha, beta) = activation?.postOperation {
            try check(unsafe dnnl_post_ops_append_eltwise(operations, 1, function, alpha, beta), name)
        }
        try check(unsafe dnnl_primitive_attr_set_post_ops(attributes, operations), name)
        try check(unsafe dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), name)
        var descriptor: dnnl_primitive_desc_t?
        try check(
            unsafe dnnl_primitive_desc_create(
                &descriptor, operation, attributes, try DNNEngine.get().handle, hint?.descriptor), name)
        guard let descriptor = unsafe descriptor else { throw SGCError(.internalError, "\(name): no descriptor") }
        try unsafe self.init(owning: descriptor, name: name)
    }

    /// A copy from one layout (and type) to another.
    convenience init(reorderFrom source: DNNLayout, to target: DNNLayout) throws(SGCError) {
        var attributes: dnnl_primitive_attr_t?
        try check(unsafe dnnl_primitive_attr_create(&attributes), "reorder")
        defer { unsafe dnnl_primitive_attr_destroy(attributes) }
        try check(unsafe dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "reorder")
        var descriptor: dnnl_primitive_desc_t?
        var from = source.descriptor
        var to = target.descriptor
        let engine = try DNNEngine.get()
        try check(
            unsafe dnnl_reorder_primitive_desc_create(
                &descriptor, &from, engine.handle, &to, engine.handle, attributes),
            "reorder")
        guard let descriptor = unsafe descriptor else { throw SGCError(.internalError, "reorder: no descriptor") }
        try unsafe self.init(owning: descriptor, name: "reorder")
    }

    private init(owning descriptor: dnnl_primitive_desc_t, name: String) throws(SGCError) {
        var primitive: dnnl_primitive_t?
        let status = unsafe dnnl_primitive_create(&primitive, descriptor)
        guard status == dnnl_success, let primitive = unsafe primitive else {
            unsafe dnnl_primitive_desc_destroy(descriptor)
            try check(status, name)
            throw SGCError(.internalError, "\(name): no primitive")
        }
        unsafe self.descriptor = descriptor
        unsafe handle = primitive
        // The first of its kind leaves objects that live until the end of the process.
        watchExit()
        scratchpad = unsafe Self.layout(of: descriptor, dnnl_query_scratchpad_md)
    }

    deinit {
        unsafe dnnl_primitive_destroy(handle)
        unsafe dnnl_primitive_desc_destroy(descriptor)
    }

    /// The layout that the primitive chose for an operand.
    func layout(_ operand: dnnl_query_t) -> DNNLayout {
        unsafe Self.layout(of: descriptor, operand)
    }

    private static func layout(of descriptor: dnnl_primitive_desc_t, _ operand: dnnl_query_t) -> DNNLayout {
        guard let found = unsafe dnnl_primitive_desc_query_md(descriptor, operand, 0) else { return DNNLayout() }
        return unsafe DNNLayout(found.pointee)
    }

    /// Runs the operation on the calling thread and the device's OpenMP threads; returns when it is done.
    func execute(_ arguments: [DNNArgument], on device: Device) throws(SGCError) {
        let engine = try DNNEngine.get()
        sgc_begin_loops(Int32(device.threads))
        var memories: [dnnl_memory_t?] = unsafe []
        unsafe memories.reserveCapacity(arguments.count + 1)
        defer {
            for index in unsafe memories.indices { unsafe dnnl_memory_destroy(memories[index]) }
        }
        var all = arguments
        if scratchpad.byteCount > 0 {
            all.append(
                DNNArgument(
                    DNNL_ARG_SCRATCHPAD, scratchpad, try Storage(byteCount: scratchpad.byteCount, device: device)))
        }
        var slots: [dnnl_exec_arg_t] = unsafe []
        for argument in all {
            var memory: dnnl_memory_t?
            var layout = argument.layout.descriptor
            try check(unsafe dnnl_memory_create(&memory, &layout, engine.handle, argument.storage.address), "memory")
            unsafe memories.append(memory)
            unsafe slots.append(dnnl_exec_arg_t(arg: argument.slot, memory: memory))
        }
        var stream: dnnl_stream_t?
        try check(unsafe dnnl_stream_create(&stream, engine.handle, UInt32(dnnl_stream_in_order.rawValue)), "stream")
        defer { unsafe dnnl_stream_destroy(stream) }
        try check(unsafe dnnl_primitive_execute(handle, stream, Int32(slots.count), slots), "execute")
        try check(unsafe dnnl_stream_wait(stream), "execute")
        // `all` owns the scratchpad and must outlive the execution.
        withExtendedLifetime(all) {}
    }
}

/// oneDNN primitives by what they compute; compiled on first use.
final class PrimitiveCache: @unchecked Sendable {
    // Proof for @unchecked: `primitives` is touched under `gate` only.
    private var primitives: [AnyHashable: DNNPrimitive] = [:]
    /// One lock for all caches: a lock per cache may be stuck in a forked child.
    private static let gate = ForkSafeLock(())
    /// Distinct shapes kept; a host that feeds ever new image sizes must not grow without bound.
    private static let capacity = 2048

    func primitive<Key: Hashable & Sendable>(
        _ key: Key, make: () throws(SGCError) -> DNNPrimitive
    ) throws(SGCError) -> DNNPrimitive {
        let key = AnyHashable(key)
        if let found = Self.gate.withLock({ _ in primitives[key] }) { return found }
        let made = try make()
        Self.gate.withLock { _ in
            if primitives.count >= Self.capacity { primitives.removeAll() }
            primitives[key] = made
        }
        return made
    }
}

extension DataType {
    /// oneDNN's name of the type.
    func dnn(_ operation: String) throws(SGCError) -> dnnl_data_type_t {
        switch self {
        case .float32: return dnnl_f32
        case .bfloat16: return dnnl_bf16
        default: throw SGCError(.unsupported, "\(operation): the CPU backend has no \(self)")
        }
    }
}

extension UnaryFunction {
    /// Whether a convolution or matrix product can apply the function to its results at no cost.
    var isFusible: Bool { postOperation != nil }

    /// oneDNN's name of the function, with its two parameters.
    fileprivate var postOperation: (function: dnnl_alg_kind_t, alpha: Float, beta: Float)? {
        switch self {
        case .relu: (dnnl_eltwise_relu, 0, 0)
        case .leakyReLU(let slope): (dnnl_eltwise_relu, slope, 0)
        case .gelu: (dnnl_eltwise_gelu_erf, 0, 0)
        case .geluTanh: (dnnl_eltwise_gelu_tanh, 0, 0)
        case .silu: (dnnl_eltwise_swish, 1, 0)
        case .quickGELU: (dnnl_eltwise_swish, 1.702, 0)
        case .sigmoid: (dnnl_eltwise_logistic, 0, 0)
        case .tanh: (dnnl_eltwise_tanh, 0, 0)
        case .clamp(let low, let high): (dnnl_eltwise_clip, low, high)
        default: nil
        }
    }
}
