internal import JSON

/// The members of one request.
struct Request {
    let document: JSONDocument
    private let members: [JSONMember]

    init(_ line: String) throws(ProbeError) {
        do throws(JSONSyntaxError) {
            document = try JSONDocument.parse(Array(line.utf8))
        } catch {
            throw ProbeError("request: found \(error.found) at \(error.offset), expected \(error.expected)")
        }
        guard case .object(let members) = document.root else {
            throw ProbeError("request: found \(document.root.kind), expected an object")
        }
        self.members = members
    }

    func member(_ name: String) -> JSONNode? {
        members.last { document.string($0.key) == name }?.value
    }

    func string(_ name: String) throws(ProbeError) -> String {
        guard case .string(let value) = member(name) else { throw missing(name, "a string") }
        return document.string(value)
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
            guard case .string(let value) = element else { throw missing(name, "a list of strings") }
            strings.append(document.string(value))
        }
        return strings
    }

    /// Lists of token ids.
    func idLists(_ name: String) throws(ProbeError) -> [[Int32]] {
        var lists: [[Int32]] = []
        for element in try array(name) {
            guard case .array(let ids) = element else { throw missing(name, "a list of lists of ids") }
            var list: [Int32] = []
            for id in ids {
                guard case .integer(let value) = id, let id = Int32(exactly: value) else {
                    throw missing(name, "a list of lists of ids")
                }
                list.append(id)
            }
            lists.append(list)
        }
        return lists
    }

    private func array(_ name: String) throws(ProbeError) -> [JSONNode] {
        guard case .array(let elements) = member(name) else { throw missing(name, "a list") }
        return elements
    }

    private func missing(_ name: String, _ expected: String) -> ProbeError {
        ProbeError("request: '\(name)' must be \(expected)")
    }
}
