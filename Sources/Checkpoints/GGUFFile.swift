internal import Tensors

/// A GGUF file's header, checked against the file: every tensor's bytes lie inside it.
struct GGUFFile: Sendable {
    let file: MappedFile
    let metadata: GGUFMetadata
    /// In the order of the file, each with where it starts.
    let tensors: [(info: GGUFTensorInfo, offset: Int)]

    /// Reads a file that starts with the magic number.
    init(_ file: MappedFile) throws(CheckpointError) {
        var reader = ByteReader(file)
        try Self.checkVersion(&reader)
        let tensorCount = try reader.integer(UInt64.self)
        let keyCount = try reader.integer(UInt64.self)
        metadata = try Self.readMetadata(&reader, count: keyCount)
        let infos = try Self.readTensorInfos(&reader, count: tensorCount)
        let alignment = try Self.alignment(metadata)
        let dataStart = (reader.offset + alignment - 1) / alignment * alignment
        var tensors: [(info: GGUFTensorInfo, offset: Int)] = []
        for info in infos {
            tensors.append((info, try info.offset(in: file, dataStart: dataStart, alignment: alignment)))
        }
        self.file = file
        self.tensors = tensors
    }

    // MARK: - Internals

    private static func checkVersion(_ reader: inout ByteReader) throws(CheckpointError) {
        _ = try reader.integer(UInt32.self)
        let version = try reader.integer(UInt32.self)
        // Version 2 has the same layout; version 1 had 32-bit lengths.
        guard version == 2 || version == 3 else {
            let isBigEndian = (1...3).contains(version.byteSwapped)
            throw CheckpointError(
                .unsupported,
                "\(reader.file.path): this GGUF file is "
                    + "\(isBigEndian ? "big-endian" : "version \(version)"), expected little-endian version "
                    + "2 or 3; convert the model again with a current converter"
            )
        }
    }

    // Both loops end: every key and every tensor takes bytes, and the reader stops at the file's end.

    private static func readMetadata(
        _ reader: inout ByteReader,
        count: UInt64
    ) throws(CheckpointError) -> GGUFMetadata {
        var metadata = GGUFMetadata(reader.file)
        var index: UInt64 = 0
        while index < count {
            index += 1
            reader.subject = "metadata key \(index) of \(count)"
            let key = try reader.string()
            let type = try reader.valueType()
            try metadata.add(key, GGUFValue(type: type, offset: reader.offset))
            try reader.skipValue(type)
        }
        return metadata
    }

    private static func readTensorInfos(
        _ reader: inout ByteReader,
        count: UInt64
    ) throws(CheckpointError) -> [GGUFTensorInfo] {
        var infos: [GGUFTensorInfo] = []
        var names: Set<String> = []
        var index: UInt64 = 0
        while index < count {
            index += 1
            reader.subject = "the description of tensor \(index) of \(count)"
            let info = try GGUFTensorInfo(&reader)
            guard names.insert(info.name).inserted else {
                throw CheckpointError(
                    .malformed,
                    "\(reader.file.path): the tensor \(quoted(info.name)) appears twice; the file is "
                        + "damaged, download it again"
                )
            }
            infos.append(info)
        }
        return infos
    }

    private static func alignment(_ metadata: GGUFMetadata) throws(CheckpointError) -> Int {
        let key = "general.alignment"
        let alignment = try metadata.integer(key) ?? 32
        // The upper limit only keeps the arithmetic far from overflow; real files use 32 or 64.
        guard alignment > 0, alignment & (alignment - 1) == 0, alignment <= 1 << 30 else {
            throw metadata.invalid(key, "is \(alignment), expected a power of two up to 2^30")
        }
        return alignment
    }
}
