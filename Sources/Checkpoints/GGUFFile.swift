internal import Tensors

/// A GGUF file's header, checked against the file: every tensor's bytes lie inside it.
struct GGUFFile: Sendable {
    struct Tensor: Sendable {
        let info: GGUFTensorInfo
        /// The part of the model that has it.
        let file: MappedFile
        /// From the start of that file.
        let offset: Int
    }

    let file: MappedFile
    let version: UInt32
    let alignment: Int
    let metadata: GGUFMetadata
    /// In the order of the file, or of the files of a model that is split.
    let tensors: [Tensor]

    init(_ file: MappedFile) throws(CheckpointError) {
        try Self.checkMagic(of: file)
        var reader = ByteReader(file)
        version = try Self.readVersion(&reader)
        let tensorCount = try reader.integer(UInt64.self)
        let keyCount = try reader.integer(UInt64.self)
        metadata = try Self.readMetadata(&reader, count: keyCount)
        let infos = try Self.readTensorInfos(&reader, count: tensorCount)
        alignment = try Self.alignment(metadata)
        let dataStart = (reader.offset + alignment - 1) / alignment * alignment
        var tensors: [Tensor] = []
        for info in infos {
            let offset = try info.offset(in: file, dataStart: dataStart, alignment: alignment)
            tensors.append(Tensor(info: info, file: file, offset: offset))
        }
        self.file = file
        self.tensors = tensors
    }

    /// The first part of a split model, with the tensors of all parts.
    init(first: GGUFFile, tensors: [Tensor]) {
        file = first.file
        version = first.version
        alignment = first.alignment
        metadata = first.metadata
        self.tensors = tensors
    }

    // MARK: - Internals

    private static func checkMagic(of file: MappedFile) throws(CheckpointError) {
        guard file.byteCount > 0 else {
            throw CheckpointError(.truncated, "\(file.path) is empty (0 bytes); download it again")
        }
        let magic = file.withBytes { Array($0.prefix(4)) }
        if magic == Array("GGUF".utf8) {
            return
        }
        if file.path.hasSuffix(".safetensors") {
            throw CheckpointError(
                .unsupported,
                "\(file.path) is a single safetensors file; give the folder that holds it together with "
                    + "config.json"
            )
        }
        throw CheckpointError(
            .malformed,
            "\(file.path) is not a GGUF file (it starts with \(hexadecimal(magic)), expected 47 47 55 46 for "
                + "'GGUF'); give a GGUF file or a Hugging Face model folder"
        )
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    private static func readVersion(_ reader: inout ByteReader) throws(CheckpointError) -> UInt32 {
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
        return version
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
