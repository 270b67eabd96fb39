internal import JSON
internal import Tensors

/// A JSON object in a file, with accessors whose errors name the file and the field.
struct JSONFile {
    /// The file, and for a nested object its place: "config.json: rope_scaling".
    let place: String
    let members: [String: JSONValue]

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
            document = try file.withBytes { (bytes) throws(JSONSyntaxError) in
                try JSONDocument.parse(UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
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
        let value: JSONValue
        do {
            value = try JSONValue(document)
        } catch {
            throw CheckpointError(
                .malformed,
                "\(file.path) has \(quoted(error.name)) twice in one object, expected it once; download it "
                    + "again"
            )
        }
        guard case .object(let members) = value else {
            throw CheckpointError(
                .malformed, "\(file.path) is \(value.summary), expected a JSON object; download it again")
        }
        self.init(place: file.path, members: members)
    }

    init(place: String, members: [String: JSONValue]) {
        self.place = place
        self.members = members
    }

    // MARK: - Fields (nil where absent or null)

    func value(_ name: String) -> JSONValue? {
        guard let value = members[name], value != .null else { return nil }
        return value
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
        return text
    }

    func object(_ name: String) throws(CheckpointError) -> JSONFile? {
        guard let value = value(name) else { return nil }
        guard case .object(let members) = value else { throw invalid(name, value, expected: "an object") }
        return JSONFile(place: "\(place): \(name)", members: members)
    }

    /// One token id or a list of them.
    func tokenIDs(_ name: String) throws(CheckpointError) -> [Int32] {
        guard let value = value(name) else { return [] }
        let elements: [JSONValue]
        if case .array(let list) = value {
            elements = list
        } else {
            elements = [value]
        }
        var ids: [Int32] = []
        for element in elements {
            guard case .integer(let integer) = element, integer >= 0, let id = Int32(exactly: integer) else {
                throw invalid(name, element, expected: "a token id or a list of token ids")
            }
            ids.append(id)
        }
        return ids
    }

    /// One string or a list of them.
    func strings(_ name: String) throws(CheckpointError) -> [String] {
        guard let value = value(name) else { return [] }
        guard case .array(let elements) = value else { return [try string(name)].compactMap(\.self) }
        var strings: [String] = []
        for element in elements {
            guard case .string(let text) = element else {
                throw invalid(name, element, expected: "a string or a list of strings")
            }
            strings.append(text)
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

    func unsupported(_ name: String, _ problem: String) -> CheckpointError {
        CheckpointError(.unsupported, "\(place): the field \(quoted(name)) \(problem)")
    }
}
