internal import JSON

/// The members of one request.
struct Request {
    private let members: JSONMembers

    init(_ line: String) throws(ProbeError) {
        let root: JSONNode
        do throws(JSONSyntaxError) {
            root = try JSONDocument(Array(line.utf8)).root
        } catch {
            throw ProbeError("request: found \(error.found) at \(error.offset), expected \(error.expected)")
        }
        guard let members = root.members else {
            throw ProbeError("request: found \(root.kind), expected an object")
        }
        self.members = members
    }

    func member(_ name: String) -> JSONValue? {
        members[name]?.value
    }

    func string(_ name: String) throws(ProbeError) -> String {
        guard case .string(let value) = member(name) else { throw missing(name, "a string") }
        return value.string
    }

    /// Absent is nil.
    func optionalInt(_ name: String) throws(ProbeError) -> Int? {
        switch member(name) {
        case nil, .null: return nil
        case .integer(let value): return value
        default: throw missing(name, "a whole number")
        }
    }

    func bool(_ name: String, default value: Bool) throws(ProbeError) -> Bool {
        switch member(name) {
        case nil: return value
        case .boolean(let value): return value
        default: throw missing(name, "true or false")
        }
    }

    func strings(_ name: String) throws(ProbeError) -> [String] {
        var strings: [String] = []
        for element in try array(name) {
            guard let text = element.text else { throw missing(name, "a list of strings") }
            strings.append(text.string)
        }
        return strings
    }

    /// Lists of token ids.
    func idLists(_ name: String) throws(ProbeError) -> [[Int32]] {
        var lists: [[Int32]] = []
        for element in try array(name) {
            guard let ids = element.elements else { throw missing(name, "a list of lists of ids") }
            var list: [Int32] = []
            for id in ids {
                guard case .integer(let value) = id.value, let id = Int32(exactly: value) else {
                    throw missing(name, "a list of lists of ids")
                }
                list.append(id)
            }
            lists.append(list)
        }
        return lists
    }

    private func array(_ name: String) throws(ProbeError) -> JSONElements {
        guard case .array(let elements) = member(name) else { throw missing(name, "a list") }
        return elements
    }

    private func missing(_ name: String, _ expected: String) -> ProbeError {
        ProbeError("request: '\(name)' must be \(expected)")
    }
}
