import SGCBase
import SGCTensor
import Testing

@testable import SGCONNX

/// What a broken or hostile graph gets: an error of a stated class, and never a trap or a large allocation.
@Suite struct MovementErrorTests {
    private let device = Device(backend: CPUBackend(), threads: 2)

    /// Runs one node on inputs in plain memory, and on the device where they are real.
    private func codes(
        _ op: String, _ inputs: [HostArray?], outputs: Int = 1, opset: Int = 18,
        _ attributes: [String: ONNXAttribute] = [:]
    ) throws -> Set<SGCError.Code?> {
        let node = ONNXNode(
            name: "n", op: op, domain: "", opset: opset, inputs: inputs.indices.map { "x\($0)" },
            outputs: (0..<outputs).map { "y\($0)" }, attributes: attributes)
        var codes: Set<SGCError.Code?> = []
        for placement in OperatorCase.Placement.allCases {
            let values = try inputs.map { try $0.map { try $0.placed(placement, on: device) } }
            do {
                let inputs = OperatorInputs(
                    values: values, device: device, precision: .float32, meter: RunMeter())
                _ = try Program.kernel(for: node)(inputs)
                codes.insert(nil)
            } catch {
                codes.insert(error.code)
            }
        }
        return codes
    }

    private func list(_ values: Int...) -> HostArray { HostArray(list: values) }
    private func reals(_ dimensions: Int...) throws -> HostArray {
        let shape = try Shape(dimensions)
        return try HostArray(reals: (0..<shape.count).map(Double.init), shape: shape)
    }
    private func scalar(_ value: Int64, _ type: ElementType = .int64) throws -> HostArray {
        try HostArray(integers: [value], type: type, shape: [])
    }

    @Test("ONX-15: shapes that do not fit")
    func reshape() throws {
        let x = try reals(2, 3)
        #expect(try codes("Reshape", [x, list(1 << 31, 1 << 31)]) == [.limit])
        #expect(try codes("Reshape", [x, list(-1, -1)]) == [.format])
        #expect(try codes("Reshape", [x, list(4, 2)]) == [.format])
        #expect(try codes("Reshape", [x, list(4, -1)]) == [.format])
        #expect(try codes("Reshape", [x, list(-2, 3)]) == [.format])
        #expect(try codes("Reshape", [x, list(2, 3, 0)]) == [.format])
        #expect(try codes("Reshape", [x, list(0, -1)]) == [nil])
        #expect(try codes("Reshape", [x, list(0, 3)], ["allowzero": .integer(1)]) == [.format])
        #expect(try codes("Reshape", [x, list(0, -1)], ["allowzero": .integer(1)]) == [.format])
        #expect(try codes("Reshape", [x, list(1, 1, 1, 1, 1, 1, 1, 2, 3)]) == [.limit])
        #expect(try codes("Reshape", [x]) == [.format])
        #expect(try codes("Unsqueeze", [x, list(0, 0)]) == [.format])
        #expect(try codes("Unsqueeze", [x, list(4)]) == [.format])
        #expect(try codes("Unsqueeze", [x, list(.min)]) == [.format])
        #expect(try codes("Unsqueeze", [x], opset: 11) == [.format])
        #expect(try codes("Squeeze", [x, list(0)]) == [.format])
        #expect(try codes("Flatten", [x], ["axis": .integer(3)]) == [.format])
    }

    @Test("ONX-16, ONX-26: results that are too large are refused before they are made")
    func limits() throws {
        let huge = 1 << 40
        #expect(try codes("Expand", [try reals(1, 3), list(huge, 3)]) == [.limit])
        #expect(try codes("Expand", [try reals(2, 3), list(huge, 3)]) == [.format])
        #expect(try codes("Expand", [try reals(1, 3), list(-1, 3)]) == [.format])
        #expect(try codes("Tile", [try reals(2, 3), list(huge, 1)]) == [.limit])
        #expect(try codes("Tile", [try reals(2, 3), list(.max, .max)]) == [.limit])
        #expect(try codes("Tile", [try reals(2, 3), list(1, -1)]) == [.format])
        #expect(try codes("ConstantOfShape", [list(huge)]) == [.limit])
        #expect(try codes("ConstantOfShape", [list(.max, .max)]) == [.limit])
        #expect(try codes("ConstantOfShape", [list(-1)]) == [.format])
        #expect(try codes("Range", [scalar(0), scalar(Int64(huge)), scalar(1)]) == [.limit])
        #expect(try codes("Range", [scalar(.min), scalar(.max), scalar(1)]) == [.limit])
        #expect(try codes("Range", [scalar(.max), scalar(.min), scalar(.min)]) == [nil])
        #expect(try codes("Range", [scalar(0), scalar(9), scalar(0)]) == [.format])
        let real = try [0, 1e30, 1e-30, Double.nan].map { try HostArray(reals: [$0], shape: []) }
        #expect(try codes("Range", [real[0], real[1], real[2]]) == [.limit])
        #expect(try codes("Range", [real[0], real[3], real[2]]) == [.format])
        #expect(try codes("OneHot", [list(1), list(huge), list(0, 1)]) == [.limit])
        #expect(try codes("OneHot", [list(1), list(0), list(0, 1)]) == [.format])
        #expect(try codes("HannWindow", [scalar(Int64(huge))]) == [.limit])
    }

    @Test("ONX-19: padding that is too wide, or takes away more than there is")
    func pad() throws {
        let x = try reals(2, 3)
        for mode in ["constant", "edge", "reflect"] {
            let attributes = ["mode": ONNXAttribute.string(mode)]
            #expect(try codes("Pad", [x, list(0, 1 << 40, 0, 0)], attributes) == [.limit])
            #expect(try codes("Pad", [x, list(.max, 0, .max, 0)], attributes) == [.limit])
            #expect(try codes("Pad", [x, list(-3, 0, 0, 0)], attributes) == [.format])
            #expect(try codes("Pad", [x, list(0, 0, 0, .min)], attributes) == [.format])
            #expect(try codes("Pad", [x, list(0, 0, 0)], attributes) == [.format])
        }
        #expect(try codes("Pad", [x, list(0, 0), nil, list(2)]) == [.format])
        #expect(try codes("Pad", [try reals(0, 3), list(1, 0, 0, 0)], ["mode": .string("edge")]) == [.format])
        #expect(try codes("Pad", [x, list(0, 0, 1, 0)], ["mode": .string("wrap")]) == [.unsupported])
    }

    @Test("ONX-20: indices outside of their axis")
    func indices() throws {
        let x = try reals(2, 3)
        for index in [2, -3, .max, .min] {
            #expect(try codes("Gather", [x, list(index)]) == [.range])
            #expect(try codes("Gather", [x, list(index, 0)]) == [.range])
            #expect(try codes("GatherElements", [x, list(index).reshaped([1, 1])]) == [.range])
            #expect(try codes("GatherND", [x, list(index).reshaped([1, 1])]) == [.range])
            let updates = try reals(1, 3)
            #expect(try codes("ScatterND", [x, list(index).reshaped([1, 1]), updates]) == [.range])
            let row = try HostArray(list: [index, 0, 0]).reshaped([1, 3])
            #expect(try codes("ScatterElements", [x, row, updates]) == [.range])
        }
        #expect(try codes("Gather", [x, list(0)], ["axis": .integer(2)]) == [.format])
        #expect(try codes("Gather", [x, try reals(2)]) == [.format])
        #expect(try codes("GatherND", [x, list(0, 0, 0).reshaped([1, 3])]) == [.format])
        #expect(try codes("GatherND", [x, list(0).reshaped([1, 1])], ["batch_dims": .integer(.max)]) == [.format])
        #expect(try codes("GatherND", [x, list(0).reshaped([1, 1])], ["batch_dims": .integer(-1)]) == [.format])
        #expect(try codes("GatherElements", [x, list(0, 0)]) == [.format])
        #expect(try codes("ScatterND", [x, list(0).reshaped([1, 1]), try reals(3)]) == [.format])
        #expect(try codes("ReverseSequence", [x, list(1, 2, 3)]) == [.format])
    }

    @Test("ONX-21: slices with any numbers at all")
    func slice() throws {
        let x = try reals(4, 5)
        #expect(try codes("Slice", [x, list(0), list(3), list(0), list(0)]) == [.format])
        for start in [0, 3, 100, -100, .min, .max] {
            for end in [0, 2, 100, -100, .min, .max] {
                for step in [1, -1, 3, -3, .min, .max] {
                    #expect(try codes("Slice", [x, list(start), list(end), list(1), list(step)]) == [nil])
                }
            }
        }
        #expect(try codes("Slice", [x, list(0, 0), list(3), list(0)]) == [.format])
        #expect(try codes("Slice", [x, list(0, 0), list(3, 3), list(0, -2)]) == [.format])
        #expect(try codes("Slice", [x, list(0), list(3), list(2)]) == [.format])
        #expect(try codes("Split", [x, list(2, 3)], outputs: 2) == [.format])
        #expect(try codes("Split", [x, list(.max, .max)], outputs: 2) == [.format])
        #expect(try codes("Split", [x, list(5, -1)], outputs: 2) == [.format])
        #expect(try codes("Split", [x], outputs: 3, opset: 13) == [.format])
        #expect(try codes("Split", [x], outputs: 3, ["num_outputs": .integer(2)]) == [.format])
        #expect(try codes("Split", [x], outputs: 3, ["num_outputs": .integer(.max)]) == [.format])
        #expect(try codes("Split", [x], outputs: 3, ["num_outputs": .integer(1 << 30)]) == [nil])
    }

    @Test("ONX-22: axes that are none, orders that are none")
    func axes() throws {
        let x = try reals(2, 3)
        #expect(try codes("Concat", [x, x], ["axis": .integer(99)]) == [.format])
        #expect(try codes("Concat", [x, try reals(3, 3)], ["axis": .integer(1)]) == [.format])
        #expect(try codes("Concat", [x, list(1)], ["axis": .integer(0)]) == [.format])
        #expect(try codes("Concat", [x]) == [.format])
        for order in [[0, 0], [0, 2], [1], [-1, 0], []] as [[Int64]] {
            #expect(try codes("Transpose", [x], ["perm": .integers(order)]) == [.format])
        }
    }

    @Test("ONX-23: integers that trap in plain Swift")
    func arithmetic() throws {
        let (least, most) = (try scalar(.min), try scalar(.max))
        #expect(try codes("Div", [most, scalar(0)]) == [.format])
        #expect(try codes("Div", [least, scalar(-1)]) == [.format])
        #expect(try codes("Mul", [most, most]) == [.format])
        #expect(try codes("Mul", [scalar(255, .uint8), scalar(255, .uint8)]) == [nil])
        #expect(try codes("Mod", [most, scalar(0)]) == [.format])
        #expect(try codes("Mod", [least, scalar(-1)]) == [nil])
        #expect(try codes("Mod", [try reals(1), try reals(1)]) == [.format])
        #expect(
            try codes("BitShift", [scalar(1, .uint64), scalar(-1, .uint64)], ["direction": .string("LEFT")]) == [nil])
        #expect(
            try codes("BitShift", [scalar(1, .uint8), scalar(1, .uint8)], ["direction": .string("UP")]) == [.format])
        #expect(try codes("BitShift", [scalar(1), scalar(1)], ["direction": .string("LEFT")]) == [.format])
        #expect(try codes("Trilu", [try reals(2, 3), least]) == [nil])
        #expect(try codes("Trilu", [try reals(2, 3), most]) == [nil])
        #expect(try codes("EyeLike", [try reals(2, 3)], ["k": .integer(.max)]) == [nil])
    }

    @Test("ONX-24: real numbers become the nearest integers of a type, and NaN becomes 0")
    func casts() throws {
        let values = [Double.nan, .infinity, -.infinity, 1e30, -1e30, 2.9, -2.9]
        let x = try HostArray(reals: values, type: .float64, shape: [7])
        #expect(try x.cast(to: .int64).integers == [0, .max, .min, .max, .min, 2, -2])
        #expect(try x.cast(to: .uint8).integers == [0, 255, 0, 255, 0, 2, 0])
        #expect(try codes("Cast", [HostArray(reals: values, shape: [7])], ["to": .integer(7)]) == [nil])
    }

    @Test("ONX-25 and types that do not belong together")
    func types() throws {
        let (x, n) = (try reals(2, 3), list(1, 2, 3))
        let mask = try HostArray(booleans: [true, false, true], shape: [3])
        #expect(try codes("Less", [x, n]) == [.format])
        #expect(try codes("Less", [x, try reals(2)]) == [.format])
        #expect(try codes("Less", [mask, mask]) == [.format])
        #expect(try codes("And", [mask, n]) == [.format])
        #expect(try codes("Not", [x]) == [.format])
        #expect(try codes("IsNaN", [n]) == [.format])
        #expect(try codes("Where", [n, x, x]) == [.format])
        #expect(try codes("Where", [mask, x, n]) == [.format])
        #expect(try codes("Where", [mask, try reals(2), x]) == [.format])
        #expect(try codes("Compress", [x, n]) == [.format])
        #expect(try codes("Cast", [x], ["to": .integer(8)]) == [.unsupported])
        #expect(try codes("Cast", [x], ["to": .integer(17)]) == [.unsupported])
        #expect(try codes("Cast", [x]) == [.format])
        #expect(try codes("Constant", [], ["value_string": .string("a")]) == [.unsupported])
        #expect(try codes("Constant", []) == [.format])
        #expect(try codes("QuantizeLinear", [x, try reals(2)], ["axis": .integer(1)]) == [.format])
        #expect(try codes("QuantizeLinear", [x, try reals(3)], ["block_size": .integer(2)]) == [.unsupported])
        #expect(try codes("DequantizeLinear", [x, try reals(1)]) == [.format])
    }
}
