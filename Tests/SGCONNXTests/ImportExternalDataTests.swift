import Glibc
import SGCBase
import SGCONNX
import Testing

/// Elements in files beside the model: the ONX-PATH rows.
@Suite struct ImportExternalDataTests {
    /// A model whose weight "w" of two numbers lies in another file.
    private func outside(_ entries: [(String, String)], dims: [Int64] = [2]) -> [UInt8] {
        model(graph([node("Relu", ["x"], ["y"])], initializers: [tensor("w", dims, external: entries)]))
    }

    private func load(_ bytes: [UInt8], in directory: String) throws -> ONNXModel {
        try AtomicFile.write(directory + "/model.onnx", bytes)
        return try ModelImport.load(path: directory + "/model.onnx")
    }

    private func code(_ bytes: [UInt8], in directory: String) -> SGCError.Code? {
        failure { try load(bytes, in: directory) }?.code
    }

    private let numbers = [1, 2, 3, 4].flatMap { littleEndian(Float($0).bitPattern) }

    @Test("files beside and below the model, parts of them, and several tensors in one")
    func reads() throws {
        try withTemporaryDirectory { directory in
            try Directory.create(directory + "/deep/er")
            try AtomicFile.write(directory + "/w.bin", numbers)
            try AtomicFile.write(directory + "/deep/er/w.bin", [9] + numbers)
            let cases: [([(String, String)], [Float])] = [
                ([("location", "w.bin"), ("offset", "8"), ("length", "8")], [3, 4]),
                ([("location", "w.bin")], [1, 2]),
                ([("location", "deep/er/w.bin"), ("offset", "1")], [1, 2]),
                ([("location", "w.bin"), ("__class__", "x"), ("checksum", "0")], [1, 2]),
            ]
            for (entries, expected) in cases {
                let loaded = try load(outside(entries), in: directory)
                #expect(loaded.graph.initializers["w"]?.floats == expected)
                #expect(loaded.notes.count == (entries.count == 3 && entries[1].0 == "__class__" ? 1 : 0))
                #expect(loaded.notes.allSatisfy { $0.contains("2 entries") })
            }
            let two = graph(
                [node("Relu", ["x"], ["y"])],
                initializers: [
                    tensor("a", [1], external: [("location", "w.bin"), ("offset", "12")]),
                    tensor("b", [1], external: [("location", "deep/er/w.bin"), ("offset", "1")]),
                    tensor("c", [0], external: [("location", "w.bin"), ("offset", "16"), ("length", "0")]),
                ])
            let loaded = try load(model(two), in: directory)
            #expect(loaded.graph.initializers["a"]?.floats == [4] && loaded.graph.initializers["b"]?.floats == [1])
            #expect(loaded.graph.initializers["c"]?.bytes == [])
        }
    }

    @Test("names that are not allowed, whatever is there")
    func names() throws {
        try withTemporaryDirectory { directory in
            try Directory.create(directory + "/a")
            try AtomicFile.write(directory + "/x", numbers)
            try AtomicFile.write(directory + "/a/x", numbers)
            let names = [
                "../../etc/passwd", "a/../../x", "a/../x", "/etc/passwd", directory + "/x", "", ".", "..", "dir/", "a/",
                "./x",
                "a//x", "x\0y", "..\\..\\x", "a\\x", String(repeating: "x", count: 256),
            ]
            for name in names {
                #expect(code(outside([("location", name)]), in: directory) == .path, "\(name)")
            }
            #expect(code(outside([]), in: directory) == .path)
            #expect(code(outside([("location", "none")]), in: directory) == .io)
            #expect(code(outside([("location", "x"), ("location", "a/x")]), in: directory) == .format)
        }
    }

    @Test("links, pipes, devices and directories", arguments: [false, true])
    func kinds(stepwise: Bool) throws {
        try withTemporaryDirectory { directory in
            try Directory.create(directory + "/real")
            try AtomicFile.write(directory + "/real/w", numbers)
            unsafe symlink("real/w", directory + "/link")
            unsafe symlink("/etc/passwd", directory + "/absolute")
            unsafe symlink("real", directory + "/parent")
            unsafe symlink("..", directory + "/up")
            unsafe symlink("/dev/zero", directory + "/zero")
            unsafe mkfifo(directory + "/pipe", 0o600)
            try AtomicFile.write(directory + "/one", numbers)
            unsafe Glibc.link(directory + "/one", directory + "/two")
            let name = directory.split(separator: "/").last.map(String.init) ?? ""
            let files = try EnclosedFiles(directory: directory, stepwise: stepwise)
            let refused = [
                "link", "absolute", "parent/w", "up/\(name)/real/w", "zero", "pipe", "one", "two", "real", "real/w/x",
                "../\(name)/real/w", "/etc/passwd",
            ]
            for name in refused {
                #expect(failure { try files.open(name) }?.code == .path, "\(name)")
                if !stepwise { #expect(code(outside([("location", name)]), in: directory) == .path, "\(name)") }
            }
            #expect(try files.open("real/w").size() == 16)
            #expect(failure { try files.open("real/none") }?.code == .io)
            // The other name is gone.
            unsafe unlink(directory + "/two")
            #expect(try files.open("one").size() == 16)
            // Devices are not below any directory of ours.
            let devices = try EnclosedFiles(directory: "/dev", stepwise: stepwise)
            #expect(failure { try devices.open("zero") }?.code == .path)
        }
    }

    @Test("references where none is allowed")
    func places() throws {
        let entries = [("location", "w")]
        let outer = tensor("w", [2], external: entries)
        let constant = node("Constant", [], ["y"], [attribute("value", type: 4) { $0.message(5, outer) }])
        let branch = { (graph: Proto) in
            node(
                "If", ["c"], ["y"],
                [
                    attribute("then_branch", type: 5) { $0.message(6, graph) },
                    attribute("else_branch", type: 5) { $0.message(6, graph) },
                ])
        }
        let inner = { (nodes: [Proto], initializers: [Proto]) in
            SGCONNXTests.graph(
                [branch(SGCONNXTests.graph(nodes, initializers: initializers, inputs: []))],
                inputs: [value("c", type: 9, [])])
        }
        let relu = node("Relu", ["w"], ["y"])
        try withTemporaryDirectory { directory in
            try AtomicFile.write(directory + "/w", numbers)
            // Not a FIFO or a path is looked at: these would be E_PATH.
            let sparse = graph([node("Relu", ["x"], ["y"])]) { $0.message(15, Proto { $0.message(1, outer) }) }
            let training = model(SGCONNXTests.relu) {
                $0.message(20, Proto { $0.message(1, graph([], initializers: [outer])) })
            }
            let called = model(
                graph([node("g", ["x"], ["y"], domain: "f")]), opsets: [opset("", 17), opset("f", 1)],
                functions: [function("g", inputs: ["x"], outputs: ["y"], [constant])])
            let cases: [(String, [UInt8], SGCError.Code)] = [
                ("attribute", model(graph([constant])), .path), ("function", called, .path),
                ("branch", model(inner([relu], [outer])), .unsupported),
                ("branch attribute", model(inner([constant], [])), .unsupported),
                ("sparse", model(sparse), .unsupported), ("training", training, .unsupported),
            ]
            for (name, bytes, code) in cases { #expect(self.code(bytes, in: directory) == code, "\(name)") }
            #expect(refusal(outside(entries))?.code == .path)
            #expect(refusal(model(graph([constant])))?.code == .path)
            #expect(refusal(outside([("location", "../x")]))?.code == .path)
        }
    }

    @Test("offsets and lengths")
    func ranges() throws {
        try withTemporaryDirectory { directory in
            try AtomicFile.write(directory + "/w", [UInt8](repeating: 0, count: 1024))
            let cases: [(offset: String?, length: String?, code: SGCError.Code?)] = [
                ("-1", "8", .format), ("abc", "8", .format), ("", "8", .format), ("0x10", nil, .format),
                ("0", "-1", .format),
                ("0", "", .format), ("+1", nil, .format), ("1.0", nil, .format), ("9223372036854775808", nil, .format),
                ("1020", "8", .truncated), ("1020", nil, .truncated), ("1024", nil, .truncated),
                ("0", "1152921504606846976", .truncated), ("9223372036854775807", "8", .truncated),
                ("0", "1024", .format), ("0", "4", .format), ("1016", "8", nil), ("0", "8", nil), (nil, nil, nil),
            ]
            for (offset, length, expected) in cases {
                var entries = [("location", "w")]
                if let offset { entries.append(("offset", offset)) }
                if let length { entries.append(("length", length)) }
                #expect(code(outside(entries), in: directory) == expected, "\(entries)")
            }
            #expect(code(outside([("location", "w"), ("offset", "0"), ("offset", "0")]), in: directory) == .format)
            // 4 GiB and a bit: nothing is allocated for what is not there.
            #expect(code(outside([("location", "w")], dims: [1 << 30, 1]), in: directory) == .truncated)
            #expect(code(outside([("location", "w")], dims: [1 << 40, 1 << 40]), in: directory) == .format)
            // Elements here as well as there.
            let both = tensor("w", [2], external: [("location", "w")]) { $0.data(9, [UInt8](repeating: 0, count: 8)) }
            #expect(code(model(graph([node("Relu", ["x"], ["y"])], initializers: [both])), in: directory) == .format)
        }
    }

    @Test("a sparse file of 5 GiB is over the limit of a tensor")
    func tooLarge() throws {
        try withTemporaryDirectory { directory in
            try AtomicFile.write(directory + "/w", [])
            guard unsafe truncate(directory + "/w", 5 << 30) == 0 else { return }
            #expect(code(outside([("location", "w")], dims: [5 << 28]), in: directory) == .limit)
        }
    }

    @Test("a file that becomes a link while models load is never followed")
    func swapped() throws {
        try withTemporaryDirectory { directory in
            let inside = littleEndian(Float(1).bitPattern) + littleEndian(Float(2).bitPattern)
            try Directory.create(directory + "/models")
            try AtomicFile.write(directory + "/secret", [UInt8](repeating: 0x41, count: 8))
            let (next, target) = (directory + "/models/next", directory + "/models/w")
            try AtomicFile.write(directory + "/models/model.onnx", outside([("location", "w")]))
            let stop = Lock(false)
            let swapper = try LibraryThread {
                while !stop.withLock({ $0 }) {
                    // In one step each.
                    try? AtomicFile.write(next, inside)
                    unsafe rename(next, target)
                    unsafe symlink("../secret", next)
                    unsafe rename(next, target)
                }
            }
            defer {
                stop.withLock { $0 = true }
                swapper.join()
            }
            var outcomes: [String: Int] = [:]
            // More rounds on a machine so busy that 10 000 do not meet both.
            for round in 0..<1_000_000
            where round < 10_000 || outcomes["read"] == nil || outcomes["path"] == nil {
                do {
                    let loaded = try ModelImport.load(path: directory + "/models/model.onnx")
                    let values = loaded.graph.initializers["w"]?.floats
                    #expect(values == [1, 2])
                    outcomes["read", default: 0] += 1
                } catch let error as SGCError {
                    #expect([.path, .io].contains(error.code), "\(error)")
                    outcomes["\(error.code)", default: 0] += 1
                }
            }
            // Both were met.
            #expect(outcomes["read", default: 0] > 0 && outcomes["path", default: 0] > 0, "\(outcomes)")
        }
    }
}
