internal import Tensors

/// What a GGUF file says about itself, for people to read: also for architectures and tensor types that cannot be
/// run.
package struct GGUFSummary: Sendable {
    package struct Entry: Sendable, Equatable {
        package let key: String
        /// As the format names it: "uint32", "string", "array of float32".
        package let type: String
        /// On one line: strings quoted and cut, the first elements of arrays.
        package let value: String
        /// Elements of an array, else nil.
        package let count: Int?
    }

    package struct Tensor: Sendable, Equatable {
        /// The name in the file.
        package let name: String
        /// Outermost dimension first.
        package let shape: [Int]
        /// The format's name for the type, or "number N".
        package let type: String
        /// Whether models can be loaded from this type.
        package let isReadable: Bool
        /// The file that has it: an index of ``GGUFSummary/files``.
        package let file: Int
        /// From the start of that file.
        package let offset: Int
        /// Nil where the type is unknown.
        package let byteCount: Int?
    }

    /// The parts of the model, one unless it is split.
    package let files: [File]
    package let version: UInt32
    package let alignment: Int
    /// In the order of the first file.
    package let metadata: [Entry]
    /// In the order of the files.
    package let tensors: [Tensor]

    package struct File: Sendable, Equatable {
        package let path: String
        package let byteCount: Int
    }

    /// Reads the header of a GGUF file, and of the other parts when it is split.
    /// - Parameters:
    ///   - textLimit: characters of a string that are shown.
    ///   - elementLimit: elements of an array that are shown.
    package init(
        path: String, textLimit: Int = 80, elementLimit: Int = 6
    ) throws(CheckpointError) {
        let gguf = try GGUFParts.open(path)
        version = gguf.version
        alignment = gguf.alignment
        let printer = GGUFValuePrinter(
            file: gguf.metadata.file, textLimit: textLimit, elementLimit: elementLimit)
        var metadata: [Entry] = []
        for key in gguf.metadata.keys {
            guard let value = gguf.metadata.values[key] else { continue }
            metadata.append(try printer.entry(key, value))
        }
        self.metadata = metadata
        var files = [File(path: gguf.file.path, byteCount: gguf.file.byteCount)]
        var tensors: [Tensor] = []
        for tensor in gguf.tensors {
            // Tensors come part by part.
            if files.last?.path != tensor.file.path {
                files.append(File(path: tensor.file.path, byteCount: tensor.file.byteCount))
            }
            tensors.append(
                Tensor(
                    name: tensor.info.name, shape: tensor.info.shape,
                    type: GGUFTensorType.name(tensor.info.type),
                    isReadable: GGUFTensorType.dtype(tensor.info.type) != nil, file: files.count - 1,
                    offset: tensor.offset, byteCount: tensor.info.byteCount))
        }
        self.files = files
        self.tensors = tensors
    }
}

/// Prints metadata values on one line each, reading no more of them than is shown.
private struct GGUFValuePrinter {
    let file: MappedFile
    let textLimit: Int
    let elementLimit: Int

    func entry(_ key: String, _ value: GGUFValue) throws(CheckpointError) -> GGUFSummary.Entry {
        var reader = ByteReader(file, at: value.offset)
        reader.subject = "the metadata key \(quoted(key))"
        guard value.type == .array else {
            return GGUFSummary.Entry(
                key: key, type: "\(value.type)", value: try text(&reader, value.type), count: nil)
        }
        var peek = reader
        let element = try peek.valueType()
        let count = Int(clamping: try peek.integer(UInt64.self))
        return GGUFSummary.Entry(
            key: key, type: "array of \(element)", value: try array(&reader), count: count)
    }

    private func text(_ reader: inout ByteReader, _ type: GGUFValueType) throws(CheckpointError) -> String {
        switch type {
        case .uint8: "\(try reader.integer(UInt8.self))"
        case .int8: "\(try reader.integer(Int8.self))"
        case .uint16: "\(try reader.integer(UInt16.self))"
        case .int16: "\(try reader.integer(Int16.self))"
        case .uint32: "\(try reader.integer(UInt32.self))"
        case .int32: "\(try reader.integer(Int32.self))"
        case .uint64: "\(try reader.integer(UInt64.self))"
        case .int64: "\(try reader.integer(Int64.self))"
        case .float32: "\(Float(bitPattern: try reader.integer(UInt32.self)))"
        case .float64: "\(Double(bitPattern: try reader.integer(UInt64.self)))"
        case .bool: try reader.integer(UInt8.self) != 0 ? "true" : "false"
        case .string: try string(&reader)
        case .array: try nested(&reader)
        }
    }

    /// Text that is not UTF-8 is shown with replacement characters.
    private func string(_ reader: inout ByteReader) throws(CheckpointError) -> String {
        let start = try reader.skipString()
        // A character has at most four bytes; one more shows that there is more.
        let end = min(reader.offset, start + 4 * (textLimit + 1))
        return quoted(file.withBytes { String(decoding: $0[start..<end], as: UTF8.self) }, limit: textLimit)
    }

    /// Shows an array and moves past what is not shown of it.
    private func nested(_ reader: inout ByteReader) throws(CheckpointError) -> String {
        var inner = reader
        try reader.skipValue(.array)
        return try array(&inner)
    }

    private func array(_ reader: inout ByteReader) throws(CheckpointError) -> String {
        let type = try reader.valueType()
        let count = Int(clamping: try reader.integer(UInt64.self))
        var elements: [String] = []
        while elements.count < min(count, elementLimit) {
            elements.append(try text(&reader, type))
        }
        if count > elements.count { elements.append("…") }
        return "[" + elements.joined(separator: ", ") + "]"
    }
}
