import SGCBase
import SGCTensor
import Testing

@Suite struct IndexingTests {
    @Test("rows by index, and sums of rows by index", arguments: [0, 1, 17, 131])
    func gatherScatter(_ count: Int) throws {
        let rows = (0..<count).map { Int32($0 * 3 % 5) }
        try check("gather", at: [TestInput([5, 7])]) {
            try $0[0].gathered(try Tensor(indices: rows, shape: [count], on: $0[0].device))
        }
        let skipping = rows.map { $0 == 2 ? -1 : $0 }
        try check("scatter-add", at: [TestInput([count, 7])]) {
            try $0[0].scatterAdded(try Tensor(indices: skipping, shape: [count], on: $0[0].device), rows: 6)
        }
    }

    @Test("written-out rows")
    func values() throws {
        for device in testDevices() {
            let table = try Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2], on: device)
            let indices = try Tensor(indices: [2, 0, 2, 1], shape: [2, 2], on: device)
            let rows = try table.gathered(indices)
            #expect(rows.shape == [2, 2, 2])
            #expect(rows.doubles == [5, 6, 1, 2, 5, 6, 3, 4])
            let into = try Tensor(indices: [1, -1, 1], shape: [3], on: device)
            #expect(try table.scatterAdded(into, rows: 3).doubles == [0, 0, 6, 8, 0, 0])
            #expect(try table.scatterAdded(into, rows: 2).shape == [2, 2])
        }
    }

    @Test("one-hot rows in every type")
    func oneHot() throws {
        for device in testDevices() {
            let labels = try Tensor(indices: [2, -1, 0], shape: [3], on: device)
            for type in [DataType.float32, .int32, .uint8] {
                let rows = try labels.oneHot(classes: 3, type)
                #expect(rows.dataType == type)
                #expect(rows.doubles == [0, 0, 1, 0, 0, 0, 1, 0, 0])
            }
        }
    }

    @Test("the range of indices")
    func range() throws {
        for device in testDevices() {
            let some = try device.backend.indexRange(try Tensor(indices: [3, -2, 9, 0], shape: [4], on: device))
            #expect(some == (-2, 9))
            let none = try device.backend.indexRange(try Tensor(indices: [], shape: [0], on: device))
            #expect(none == (0, -1))
        }
    }

    @Test("indices outside the table are refused")
    func refusals() throws {
        for device in testDevices() {
            let table = try Tensor.ones([3, 2], on: device)
            for index in [-1, 3] as [Int32] {
                let indices = try Tensor(indices: [0, index], shape: [2], on: device)
                #expect(throws: SGCError.self) { try table.gathered(indices) }
            }
            let beyond = try Tensor(indices: [0, 1, 4], shape: [3], on: device)
            #expect(throws: SGCError.self) { try table.scatterAdded(beyond, rows: 4) }
            #expect(throws: SGCError.self) { try beyond.oneHot(classes: 4) }
        }
    }
}
