import SGCBase

/// Which local functions call which.
enum FunctionCalls {
    /// - Throws: `.unsupported` when a function calls itself, also through others.
    static func requireNoCycle(_ functions: [SourceFunction]) throws(SGCError) {
        var indices: [FunctionKey: Int] = [:]
        for (index, function) in functions.enumerated() { indices[function.key] = index }
        let callees = functions.map { function in
            var found: Set<Int> = []
            collect(function.nodes, indices, &found)
            return found.sorted()
        }
        // Depth first without recursion: a function is open while the functions that it calls are looked at.
        var state = [State](repeating: .unseen, count: functions.count)
        for start in functions.indices where state[start] == .unseen {
            var path = [(function: start, next: 0)]
            state[start] = .open
            while let (function, next) = path.last {
                guard next < callees[function].count else {
                    state[function] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let callee = callees[function][next]
                switch state[callee] {
                case .done: break
                case .open:
                    throw SGCError(
                        .unsupported,
                        "the function \(quoted(functions[callee].key.name)) calls itself, which is not supported")
                case .unseen:
                    state[callee] = .open
                    path.append((callee, 0))
                }
            }
        }
    }

    private enum State {
        case unseen, open, done
    }

    /// The functions that nodes call, also inside branches, which stand inside each other as deep as the file's messages.
    private static func collect(_ nodes: [SourceNode], _ indices: [FunctionKey: Int], _ found: inout Set<Int>) {
        for node in nodes {
            if let index = indices[FunctionKey(domain: node.domain, name: node.op, overload: node.overload)] {
                found.insert(index)
            }
            for case (_, .graph(let branch)) in node.attributes { collect(branch.nodes, indices, &found) }
        }
    }
}
