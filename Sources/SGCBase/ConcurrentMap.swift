/// What `body` gives for every element, in their order, computed on up to `threads` threads, of which the caller's is one.
///
/// For work that blocks or takes long, not for the loops of tensors: every call starts its threads anew. Where the
/// system refuses a thread, those that there are do all the work.
package func concurrentMap<Element: Sendable, Output: Sendable>(
    _ elements: [Element], threads: Int, _ body: @escaping @Sendable (Element) throws(SGCError) -> Output
) -> [Result<Output, SGCError>] {
    let next = Lock(0)
    let results = Lock([Result<Output, SGCError>?](repeating: nil, count: elements.count))
    let work: @Sendable () -> Void = {
        while true {
            let index = next.withLock { next in
                defer { next += 1 }
                return next
            }
            guard index < elements.count else { return }
            let result: Result<Output, SGCError>
            do throws(SGCError) { result = .success(try body(elements[index])) } catch { result = .failure(error) }
            results.withLock { $0[index] = result }
        }
    }
    var helpers: [LibraryThread] = []
    for _ in 1..<max(1, min(threads, elements.count)) {
        guard let helper = try? LibraryThread(work) else { break }
        helpers.append(helper)
    }
    work()
    for helper in helpers { helper.join() }
    // Every index below the count was taken by a thread that has ended.
    return results.withLock { $0.compactMap(\.self) }
}
