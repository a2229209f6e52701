/// The candidate that is most like `word`, the first of equals; nil when none is alike.
///
/// Alike means: at most half of the longer word's letters have to be edited.
package func nearest(to word: String, among candidates: [String]) -> String? {
    let scored = candidates.map { (word: $0, distance: editDistance(word, $0)) }
    guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
    let longer = max(word.utf8.count, best.word.utf8.count)
    return best.distance * 2 <= longer ? best.word : nil
}

/// How many letters to insert, delete, replace or swap with their neighbor to get from one word to another.
///
/// Optimal string alignment on bytes of UTF-8; looks at the first 64 of them.
package func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a.utf8.prefix(64))
    let b = Array(b.utf8.prefix(64))
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in a.indices {
        var current = [i + 1]
        for j in b.indices {
            var distance = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                distance = min(distance, beforePrevious[j - 1] + 1)
            }
            current.append(distance)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[b.count]
}
