extension JSONValue {
    /// The path, with dots, of the first value that `other` has not or has otherwise; nil when there is none.
    ///
    /// What only `other` has does not count.
    ///
    /// - Parameter path: of this value, for the answer.
    package func firstDifference(from other: JSONValue, path: String = "") -> String? {
        guard case .object(let object) = self else { return self == other ? nil : path }
        for member in object.members {
            let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
            guard let its = other[member.key] else { return inner }
            if let found = member.value.firstDifference(from: its, path: inner) { return found }
        }
        return nil
    }
}
