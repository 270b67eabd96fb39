/// Writes tensors in safetensors' format.
enum SafetensorsFile {
    /// Where the bytes of a tensor come from.
    struct Entry {
        let name: String
        let element: OutputTensor.Element
        let shape: [Int]
        /// Writes all bytes to the file.
        let write: (OutputFile) throws(QuantizationError) -> Void

        var byteCount: Int { shape.reduce(1, *) * element.byteCount }

        init(
            name: String, element: OutputTensor.Element, shape: [Int],
            write: @escaping (OutputFile) throws(QuantizationError) -> Void
        ) {
            self.name = name
            self.element = element
            self.shape = shape
            self.write = write
        }

        init(_ tensor: OutputTensor) {
            self.init(name: tensor.name, element: tensor.element, shape: tensor.shape) {
                file throws(QuantizationError) in try file.write(tensor.bytes)
            }
        }
    }

    static func write(_ entries: [Entry], to path: String) throws(QuantizationError) {
        var members = [JSONOutput.Member("__metadata__", .object([.init("format", .string("pt"))]))]
        var offset = 0
        for entry in entries {
            let end = offset + entry.byteCount
            members.append(
                .init(
                    entry.name,
                    .object([
                        .init("dtype", .string(entry.element.rawValue)),
                        .init("shape", .array(entry.shape.map { .integer($0) })),
                        .init("data_offsets", .array([.integer(offset), .integer(end)])),
                    ])))
            offset = end
        }
        var header = Array(JSONOutput.object(members).line.utf8)
        // Data begins at a multiple of 8 bytes.
        header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        let file = try OutputFile(path: path)
        try file.write((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
        try file.write(header)
        for entry in entries {
            let start = file.byteCount
            try entry.write(file)
            precondition(file.byteCount - start == entry.byteCount, "a tensor wrote another number of bytes")
        }
        try file.finish()
    }
}
