import CKernels
import SGCBase

// What every family of the CPU backend needs to call the loops of CKernels.

/// Elements that one thread takes at least of a cheap loop over memory: below, starting a second thread costs more.
let elementGrain = 16_384

extension DataType {
    /// The code of a type in CKernels.
    var kernelCode: Int32 { Int32(rawValue) }
}

extension CPUBackend {
    /// The kernels' code of the floating type that all `tensors` share.
    ///
    /// - Throws: `.unsupported` for a type other than float32 and bfloat16 or for mixed types; names `function`.
    func floatingCode(_ function: StaticString, _ tensors: Tensor...) throws(SGCError) -> Int32 {
        let dataType = tensors[0].dataType
        for tensor in tensors where tensor.dataType != dataType {
            throw SGCError(
                .unsupported, "\(function): expected operands of one type, got \(dataType) and \(tensor.dataType)")
        }
        guard dataType == .float32 || dataType == .bfloat16 else {
            throw SGCError(.unsupported, "\(function): the CPU backend has float32 and bfloat16, got \(dataType)")
        }
        return dataType.kernelCode
    }

    /// - Throws: `.unsupported` when one of `tensors` is not of type `dataType`; names `function`.
    func require(_ dataType: DataType, _ function: StaticString, _ tensors: Tensor...) throws(SGCError) {
        for tensor in tensors where tensor.dataType != dataType {
            throw SGCError(.unsupported, "\(function): the CPU backend expects \(dataType), got \(tensor.dataType)")
        }
    }
}

extension Tensor {
    /// The address of element `index` of the flattened tensor; `index` is at most ``count``.
    func address(_ index: Int = 0) -> UnsafeMutableRawPointer {
        unsafe storage.address.advanced(by: index * dataType.size)
    }

    /// A new tensor of zeros on the same device.
    func zeros(_ shape: Shape, _ dataType: DataType) throws(SGCError) -> Tensor {
        let result = try Tensor(uninitialized: shape, dataType, on: device)
        unsafe result.address().initializeMemory(as: UInt8.self, repeating: 0, count: result.count * dataType.size)
        return result
    }
}
