internal import Tensors

/// A tensor as a GGUF header describes it.
struct GGUFTensorInfo: Sendable {
    /// The name in the file.
    let name: String
    /// Outermost dimension first (the file stores the innermost first).
    let shape: [Int]
    /// The type's number in the file.
    let type: UInt32
    /// Nil where the type is unknown.
    let byteCount: Int?
    /// From the start of the tensor data.
    let relativeOffset: UInt64

    /// ggml's limit; more dimensions than any tensor here needs.
    private static let maximumDimensions = 4
    /// Far above any real tensor (2^40 values), and small enough that byte counts cannot overflow.
    private static let maximumElements = 1 << 40

    init(_ reader: inout ByteReader) throws(CheckpointError) {
        let path = reader.file.path
        let name = try reader.string()
        let dimensions = try reader.integer(UInt32.self)
        guard dimensions > 0, dimensions <= Self.maximumDimensions else {
            throw CheckpointError(
                .malformed,
                "\(path): the tensor \(quoted(name)) has \(dimensions) dimensions, expected "
                    + "1...\(Self.maximumDimensions); the file is damaged, download it again"
            )
        }
        var shape: [Int] = []
        for _ in 0..<dimensions {
            let size = try reader.integer(UInt64.self)
            let others = shape.reduce(1, *)
            guard size > 0, size <= UInt64(Self.maximumElements), others <= Self.maximumElements / Int(size)
            else {
                throw CheckpointError(
                    .malformed,
                    "\(path): the tensor \(quoted(name)) has a dimension of \(size), expected at least 1 and "
                        + "at most \(Self.maximumElements) values in all; the file is damaged, download it "
                        + "again"
                )
            }
            shape.insert(Int(size), at: 0)
        }
        let type = try reader.integer(UInt32.self)
        self.name = name
        self.shape = shape
        self.type = type
        byteCount = try Self.byteCount(name, shape, type, path)
        relativeOffset = try reader.integer(UInt64.self)
    }

    private static func byteCount(
        _ name: String, _ shape: [Int], _ type: UInt32, _ path: String
    ) throws(CheckpointError) -> Int? {
        guard let block = GGUFTensorType.block(type) else { return nil }
        let rowLength = shape.last ?? 1
        guard rowLength % block.elements == 0 else {
            throw CheckpointError(
                .malformed,
                "\(path): the tensor \(quoted(name)) of type \(GGUFTensorType.name(type)) has rows of "
                    + "\(rowLength) values, expected a multiple of \(block.elements); the file is "
                    + "damaged, download it again"
            )
        }
        // At most maximumElements blocks of a few hundred bytes: no overflow.
        return shape.reduce(1, *) / block.elements * block.bytes
    }

    /// The type to read the tensor as.
    func readableType(in path: String) throws(CheckpointError) -> DType {
        guard let dtype = GGUFTensorType.dtype(type) else {
            throw CheckpointError(
                .unsupported,
                "\(path): the tensor \(quoted(name)) has the type \(GGUFTensorType.name(type)), which is not "
                    + "supported; use a file with \(GGUFTensorType.readableNames) only"
            )
        }
        return dtype
    }

    /// Where the tensor starts in the file. Its bytes lie inside, as far as their number is known.
    func offset(in file: MappedFile, dataStart: Int, alignment: Int) throws(CheckpointError) -> Int {
        guard relativeOffset % UInt64(alignment) == 0 else {
            throw CheckpointError(
                .malformed,
                "\(file.path): the tensor \(quoted(name)) starts at offset \(relativeOffset), expected a "
                    + "multiple of \(alignment); the file is damaged, download it again"
            )
        }
        let byteCount = byteCount ?? 0
        guard let relative = Int(exactly: relativeOffset), relative <= Int.max - dataStart - byteCount else {
            throw CheckpointError(
                .malformed,
                "\(file.path): the tensor \(quoted(name)) starts at offset \(relativeOffset), past the end "
                    + "of any file; the file is damaged, download it again"
            )
        }
        let start = dataStart + relative
        guard start + byteCount <= file.byteCount else {
            throw CheckpointError(
                .truncated,
                "\(file.path) is truncated: the tensor \(quoted(name)) needs bytes "
                    + "\(start)..<\(start + byteCount) but the file has \(file.byteCount); download it again"
            )
        }
        return start
    }
}
