import SGCBase
import SGCTensor
import Testing

/// A function of tensors that a test examines.
typealias TensorFunction = ([Tensor]) throws -> Tensor

/// Fixed pseudo-random numbers in [low, high).
func numbers(_ count: Int, _ low: Double = -1, _ high: Double = 1, stream: UInt64) -> [Double] {
    var random = RandomSource(seed: 20, stream: stream)
    return (0..<count).map { _ in low + (high - low) * Double(random.uniform()) }
}

/// f and its gradients with respect to every input, for the upstream gradient `seed`.
///
/// Inputs that f does not depend on, and those that are not real numbers, have a gradient of zeros.
func gradients(
    of f: TensorFunction, at inputs: [Tensor], seed: [Double]
) throws -> (y: Tensor, gradients: [Tensor]) {
    try Tape.run { tape throws(SGCError) in
        let watched = inputs.map { $0.dataType.isFloating ? tape.watch($0) : $0 }
        let y: Tensor
        do { y = try f(watched) } catch let error as SGCError { throw error } catch {
            throw SGCError(.internalError, "\(error)")
        }
        let upstream = try Tensor(seed.map { Float($0) }, shape: y.shape, on: y.device)
        let exact =
            y.dataType == .float64
            ? try Tensor(doubles: seed, shape: y.shape, on: y.device) : try upstream.cast(to: y.dataType)
        let found = try tape.gradient(of: y, with: watched, seed: exact)
        var result: [Tensor] = []
        for (input, gradient) in zip(inputs, found) {
            if let gradient {
                result.append(gradient)
            } else {
                result.append(try .zeros(input.shape, input.dataType, on: input.device))
            }
        }
        return (y.stopGradient, result)
    }
}

/// Compares the gradients of f with central differences, in Double on the Reference backend.
///
/// f is made a scalar by a fixed random projection L = Σ r·f. Up to 64 elements of each input are tried.
/// - Parameter inputs: values that lie further than the step of 1e-5 from any kink of f.
func checkGradient(
    of f: TensorFunction, at inputs: [TestInput], tolerance: Double = 1e-6, _ what: String = "gradient",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let device = referenceDevice()
    let tensors = try inputs.map { try $0.tensor(.float64, on: device) }
    let y = try f(tensors)
    let seed = numbers(y.count, stream: 77)
    let analytic = try gradients(of: f, at: tensors, seed: seed).gradients
    for (index, input) in tensors.enumerated() where input.dataType.isFloating {
        #expect(analytic[index].shape == input.shape, "\(what) \(index): shape", sourceLocation: sourceLocation)
        let values = input.doubles
        func projected(_ element: Int, _ value: Double) throws -> Double {
            var (changed, all) = (values, tensors)
            changed[element] = value
            all[index] = try Tensor(doubles: changed, shape: input.shape, on: device)
            return zip(try f(all).doubles, seed).reduce(0) { $0 + $1.0 * $1.1 }
        }
        // A stride that is prime to most extents samples all channels and positions.
        let elements = values.count <= 64 ? Array(values.indices) : (0..<64).map { $0 * 7919 % values.count }
        var numeric: [Double] = []
        for element in elements {
            let step = 1e-5 * max(1, abs(values[element]))
            numeric.append(
                try (projected(element, values[element] + step) - projected(element, values[element] - step))
                    / (2 * step))
        }
        let found = analytic[index].doubles
        expectClose(
            elements.map { found[$0] }, numeric, tolerance: tolerance, "\(what) \(index) of \(input.shape)",
            sourceLocation: sourceLocation)
    }
}
