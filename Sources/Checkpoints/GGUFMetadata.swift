internal import Tensors

/// The key-value part of a GGUF file.
struct GGUFMetadata: Sendable {
    let file: MappedFile
    private(set) var values: [String: GGUFValue] = [:]
    /// In the order of the file.
    private(set) var keys: [String] = []

    init(_ file: MappedFile) {
        self.file = file
    }

    mutating func add(_ key: String, _ value: GGUFValue) throws(CheckpointError) {
        guard values.updateValue(value, forKey: key) == nil else {
            throw CheckpointError(
                .malformed,
                "\(file.path): the metadata key \(quoted(key)) appears twice; the file is damaged"
            )
        }
        keys.append(key)
    }

    // MARK: - Single values

    /// Any integer type that fits an `Int`.
    func integer(_ key: String) throws(CheckpointError) -> Int? {
        guard let value = values[key] else { return nil }
        var reader = ByteReader(file, at: value.offset)
        let result: Int?
        switch value.type {
        case .uint8: result = Int(try reader.integer(UInt8.self))
        case .int8: result = Int(try reader.integer(Int8.self))
        case .uint16: result = Int(try reader.integer(UInt16.self))
        case .int16: result = Int(try reader.integer(Int16.self))
        case .uint32: result = Int(exactly: try reader.integer(UInt32.self))
        case .int32: result = Int(try reader.integer(Int32.self))
        case .uint64: result = Int(exactly: try reader.integer(UInt64.self))
        case .int64: result = Int(exactly: try reader.integer(Int64.self))
        default: throw wrongType(key, value, expected: "an integer")
        }
        guard let result else { throw invalid(key, "does not fit 64 signed bits") }
        return result
    }

    /// A finite number of any numeric type.
    func number(_ key: String) throws(CheckpointError) -> Double? {
        guard let value = values[key] else { return nil }
        var reader = ByteReader(file, at: value.offset)
        let result: Double
        switch value.type {
        case .float32: result = Double(Float(bitPattern: try reader.integer(UInt32.self)))
        case .float64: result = Double(bitPattern: try reader.integer(UInt64.self))
        case .string, .array, .bool: throw wrongType(key, value, expected: "a number")
        default: result = Double(try integer(key) ?? 0)
        }
        guard result.isFinite else { throw invalid(key, "is \(result), expected a finite number") }
        return result
    }

    func boolean(_ key: String) throws(CheckpointError) -> Bool? {
        guard let value = values[key] else { return nil }
        guard value.type == .bool else { throw wrongType(key, value, expected: "a boolean") }
        var reader = ByteReader(file, at: value.offset)
        return try reader.integer(UInt8.self) != 0
    }

    func string(_ key: String) throws(CheckpointError) -> String? {
        guard let value = values[key] else { return nil }
        guard value.type == .string else { throw wrongType(key, value, expected: "a string") }
        var reader = ByteReader(file, at: value.offset)
        reader.subject = "the metadata key \(quoted(key))"
        return try reader.string()
    }

    /// A token id; nil where the file says that there is no such token.
    func tokenID(_ key: String) throws(CheckpointError) -> Int32? {
        guard let value = try integer(key) else { return nil }
        // Some writers store "no such token" as -1 in an unsigned field.
        if value == -1 || value == Int(UInt32.max) {
            return nil
        }
        guard value >= 0, let id = Int32(exactly: value) else {
            throw invalid(key, "is \(value), expected a token id")
        }
        return id
    }

    // MARK: - Arrays

    func count(_ key: String) throws(CheckpointError) -> Int? {
        try array(key, of: nil)?.count
    }

    func strings(_ key: String) throws(CheckpointError) -> [String]? {
        guard case (var reader, let count)? = try array(key, of: .string) else { return nil }
        var result: [String] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            result.append(try reader.string())
        }
        return result
    }

    /// Element `index` of an array of strings; nil when there is no such element.
    func string(_ key: String, at index: Int) throws(CheckpointError) -> String? {
        guard case (var reader, let count)? = try array(key, of: .string), index >= 0, index < count else {
            return nil
        }
        for _ in 0..<index {
            _ = try reader.skipString()
        }
        return try reader.string()
    }

    func int32s(_ key: String) throws(CheckpointError) -> [Int32]? {
        guard case (var reader, let count)? = try array(key, of: .int32) else { return nil }
        var result: [Int32] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            result.append(try reader.integer())
        }
        return result
    }

    func float32s(_ key: String) throws(CheckpointError) -> [Float]? {
        guard case (var reader, let count)? = try array(key, of: .float32) else { return nil }
        var result: [Float] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            result.append(Float(bitPattern: try reader.integer()))
        }
        return result
    }

    /// Bytes, signed or not.
    func bytes(_ key: String) throws(CheckpointError) -> [UInt8]? {
        guard case (var reader, let count)? = try array(key, of: nil) else { return nil }
        let found = try elementType(key)
        guard found == .uint8 || found == .int8 else {
            throw invalid(key, "is an array of \(found), expected an array of bytes")
        }
        let start = reader.offset
        try reader.skip(UInt64(count), of: 1)
        return file.withBytes { Array($0[start..<start + count]) }
    }

    // MARK: - Errors

    func invalid(_ key: String, _ problem: String) -> CheckpointError {
        CheckpointError(.invalidField, "\(file.path): the metadata key \(quoted(key)) \(problem)")
    }

    func unsupported(_ key: String, _ problem: String) -> CheckpointError {
        CheckpointError(.unsupported, "\(file.path): the metadata key \(quoted(key)) \(problem)")
    }

    func missing(_ key: String) -> CheckpointError {
        CheckpointError(
            .missingField,
            "\(file.path): the metadata key \(quoted(key)) is missing; convert or download the model again"
        )
    }

    // MARK: - Internals

    private func wrongType(_ key: String, _ value: GGUFValue, expected: String) -> CheckpointError {
        invalid(key, "has the type \(value.type), expected \(expected)")
    }

    private func elementType(_ key: String) throws(CheckpointError) -> GGUFValueType {
        guard let value = values[key] else { throw missing(key) }
        var reader = ByteReader(file, at: value.offset)
        return try reader.valueType()
    }

    /// A reader at the first element.
    ///
    /// The count is one the file holds: reading the header checked it.
    private func array(
        _ key: String,
        of elementType: GGUFValueType?
    ) throws(CheckpointError) -> (reader: ByteReader, count: Int)? {
        guard let value = values[key] else { return nil }
        guard value.type == .array else { throw wrongType(key, value, expected: "an array") }
        var reader = ByteReader(file, at: value.offset)
        reader.subject = "the metadata key \(quoted(key))"
        let found = try reader.valueType()
        if let elementType, found != elementType {
            throw invalid(key, "is an array of \(found), expected an array of \(elementType)")
        }
        guard let count = Int(exactly: try reader.integer(UInt64.self)) else {
            throw invalid(key, "has more elements than a file can hold")
        }
        return (reader, count)
    }
}
