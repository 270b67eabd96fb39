internal import JSON
internal import Tensors

/// A JSON object in a file, with accessors whose errors name the file and the field.
///
/// Objects have no repeated names: a safetensors header that describes a tensor twice must be refused.
struct JSONFile {
    /// Far above the lists of texts that configurations have.
    private static let mostStrings = 4096

    /// The file, and for a nested object its place: "config.json: rope_scaling".
    let place: String
    let members: JSONMembers

    init(_ path: String) throws(CheckpointError) {
        try self.init(MappedFile.open(path))
    }

    init(_ file: MappedFile) throws(CheckpointError) {
        try self.init(file, bytes: 0..<file.byteCount)
    }

    /// Parses a part of a file.
    init(_ file: MappedFile, bytes range: Range<Int>) throws(CheckpointError) {
        guard !range.isEmpty else {
            throw CheckpointError(.truncated, "\(file.path) is empty (0 bytes); download it again")
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(file.withBytes { Array($0[range]) })
        } catch {
            throw CheckpointError(
                .malformed,
                "\(file.path) is not valid JSON: at byte \(range.lowerBound + error.offset) found \(error.found), "
                    + "expected \(error.expected); download it again"
            )
        }
        try self.init(file, document)
    }

    private init(_ file: MappedFile, _ document: JSONDocument) throws(CheckpointError) {
        if let name = document.firstRepeatedName {
            throw CheckpointError(
                .malformed,
                "\(file.path) has \(quoted(name.string)) twice in one object, expected it once; download it "
                    + "again"
            )
        }
        guard let members = document.root.members else {
            throw CheckpointError(
                .malformed,
                "\(file.path) is \(document.root.value.summary), expected a JSON object; download it again")
        }
        self.init(place: file.path, members: members)
    }

    init(place: String, members: JSONMembers) {
        self.place = place
        self.members = members
    }

    // MARK: - Fields (nil where absent or null)

    func value(_ name: String) -> JSONValue? {
        guard let node = members[name], !node.isNull else { return nil }
        return node.value
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(CheckpointError) -> Int? {
        guard let value = value(name) else { return nil }
        guard case .integer(let integer) = value, range.contains(integer) else {
            throw invalid(name, value, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    func requiredInteger(_ name: String, in range: ClosedRange<Int>) throws(CheckpointError) -> Int {
        guard let value = try integer(name, in: range) else { throw missing(name) }
        return value
    }

    func number(_ name: String) throws(CheckpointError) -> Double? {
        switch value(name) {
        case nil: return nil
        case .integer(let integer): return Double(integer)
        case .number(let number): return number
        case .some(let value): throw invalid(name, value, expected: "a number")
        }
    }

    func positiveNumber(_ name: String) throws(CheckpointError) -> Double? {
        guard let number = try number(name) else { return nil }
        guard number > 0 else { throw invalid(name, .number(number), expected: "a positive number") }
        return number
    }

    func requiredPositiveNumber(_ name: String) throws(CheckpointError) -> Double {
        guard let number = try positiveNumber(name) else { throw missing(name) }
        return number
    }

    func boolean(_ name: String) throws(CheckpointError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .boolean(let boolean) = value else {
            throw invalid(name, value, expected: "true or false")
        }
        return boolean
    }

    func string(_ name: String) throws(CheckpointError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { throw invalid(name, value, expected: "a string") }
        return text.string
    }

    func object(_ name: String) throws(CheckpointError) -> JSONFile? {
        guard let value = value(name) else { return nil }
        return try object(name, value)
    }

    /// The member's own value, which is nil where it is null.
    func object(_ member: JSONMember) throws(CheckpointError) -> JSONFile? {
        member.value.isNull ? nil : try object(member.key.string, member.value.value)
    }

    private func object(_ name: String, _ value: JSONValue) throws(CheckpointError) -> JSONFile {
        guard case .object(let members) = value else { throw invalid(name, value, expected: "an object") }
        return JSONFile(place: "\(place): \(name)", members: members)
    }

    /// One token id or a list of them.
    func tokenIDs(_ name: String) throws(CheckpointError) -> [Int32] {
        guard let value = value(name) else { return [] }
        guard case .array(let elements) = value else { return [try tokenID(value, name)] }
        var ids: [Int32] = []
        ids.reserveCapacity(elements.count)
        for element in elements { ids.append(try tokenID(element.value, name)) }
        return ids
    }

    private func tokenID(_ value: JSONValue, _ name: String) throws(CheckpointError) -> Int32 {
        guard case .integer(let integer) = value, integer >= 0, let id = Int32(exactly: integer) else {
            throw invalid(name, value, expected: "a token id or a list of token ids")
        }
        return id
    }

    /// One string or a list of them.
    func strings(_ name: String) throws(CheckpointError) -> [String] {
        guard let value = value(name) else { return [] }
        guard case .array(let elements) = value else { return [try string(name)].compactMap(\.self) }
        guard elements.count <= Self.mostStrings else {
            throw invalid(name, value, expected: "at most \(Self.mostStrings) strings")
        }
        var strings: [String] = []
        for element in elements {
            guard let text = element.text else {
                throw invalid(name, element.value, expected: "a string or a list of strings")
            }
            strings.append(text.string)
        }
        return strings
    }

    // MARK: - Errors

    func missing(_ name: String) -> CheckpointError {
        CheckpointError(
            .missingField, "\(place): the field \(quoted(name)) is missing; download the model again")
    }

    func invalid(_ name: String, _ found: JSONValue, expected: String) -> CheckpointError {
        CheckpointError(
            .invalidField, "\(place): the field \(quoted(name)) is \(found.summary), expected \(expected)")
    }

    func invalid(_ name: String, expected: String) -> CheckpointError {
        invalid(name, value(name) ?? .null, expected: expected)
    }

    func unsupported(_ name: String, _ problem: String) -> CheckpointError {
        CheckpointError(.unsupported, "\(place): the field \(quoted(name)) \(problem)")
    }
}
