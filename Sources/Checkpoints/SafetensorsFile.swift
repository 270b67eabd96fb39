internal import JSON
internal import Tensors

/// A safetensors file: an 8-byte length, a JSON header, and the tensors' bytes without gaps.
enum SafetensorsFile {
    /// The reference implementation's limit.
    private static let maximumHeaderBytes = 100_000_000
    private static let maximumDimensions = 16

    /// Reads the header and returns the file's tensors, in the order of their names.
    static func read(_ path: String) throws(CheckpointError) -> [StoredTensor] {
        let file = try MappedFile.open(path)
        let header = try readHeader(file)
        let members = header.fields.members.sortedByName()
        var tensors: [StoredTensor] = []
        tensors.reserveCapacity(members.count)
        // By name, so that of several problems always the same one is reported.
        for member in members where !(member.key == "__metadata__") {
            let name = member.key.string
            guard let description = member.value.members else {
                throw header.fields.invalid(
                    name, member.value.value, expected: "an object that describes a tensor")
            }
            let fields = JSONFile(place: "\(path): the tensor \(quoted(name))", members: description)
            tensors.append(try tensor(name, fields, file, dataStart: header.end))
        }
        try checkCoverage(of: file, from: header.end, by: tensors)
        return tensors
    }

    // MARK: - Internals

    private static func readHeader(_ file: MappedFile) throws(CheckpointError) -> (fields: JSONFile, end: Int)
    {
        guard file.byteCount > 0 else {
            throw CheckpointError(.truncated, "\(file.path) is empty (0 bytes); download it again")
        }
        var reader = ByteReader(file)
        let length = try reader.integer(UInt64.self)
        guard length <= UInt64(maximumHeaderBytes) else {
            throw CheckpointError(
                .malformed,
                "\(file.path): the header's length is \(length), expected at most \(maximumHeaderBytes); "
                    + "this is not a safetensors file, or it is damaged"
            )
        }
        let start = reader.offset
        try reader.skip(length, of: 1)
        return (try JSONFile(file, bytes: start..<reader.offset), reader.offset)
    }

    private static func tensor(
        _ name: String,
        _ fields: JSONFile,
        _ file: MappedFile,
        dataStart: Int
    ) throws(CheckpointError) -> StoredTensor {
        guard let typeName = try fields.string("dtype") else { throw fields.missing("dtype") }
        guard let element = StoredElement(safetensors: typeName) else {
            throw fields.unsupported(
                "dtype",
                "is \(quoted(typeName)), which is not supported; use \(StoredElement.safetensorsFloats)")
        }
        let (shape, elements) = try self.shape(fields)
        let byteCount = elements * element.byteCount
        let offsets = try integers("data_offsets", fields, limit: 2)
        guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] - offsets[0] == byteCount,
            offsets[1] <= Int.max - dataStart
        else {
            throw fields.invalid(
                "data_offsets",
                expected: "a start and an end that are \(byteCount) bytes apart (found \(offsets))"
            )
        }
        let range = dataStart + offsets[0]..<dataStart + offsets[1]
        guard range.upperBound <= file.byteCount else {
            throw CheckpointError(
                .truncated,
                "\(file.path) is truncated: the tensor \(quoted(name)) needs bytes \(range) but the file has "
                    + "\(file.byteCount); download it again"
            )
        }
        return StoredTensor(name: name, shape: shape, element: element, file: file, offset: range.lowerBound)
    }

    private static func shape(_ fields: JSONFile) throws(CheckpointError) -> (shape: [Int], elements: Int) {
        let shape = try integers("shape", fields, limit: maximumDimensions)
        guard shape.count <= maximumDimensions, let elements = StoredTensor.elementCount(shape) else {
            throw fields.invalid(
                "shape",
                expected:
                    "at most \(maximumDimensions) sizes with at most \(StoredTensor.maximumElements) values "
                    + "in all (found \(shape.prefix(8)))"
            )
        }
        return (shape, elements)
    }

    /// The elements of a list; of one with more than `limit` only the first `limit + 1`.
    private static func integers(
        _ name: String, _ fields: JSONFile, limit: Int
    ) throws(CheckpointError) -> [Int] {
        guard let value = fields.value(name) else { throw fields.missing(name) }
        guard case .array(let elements) = value else {
            throw fields.invalid(name, value, expected: "a list of integers")
        }
        var result: [Int] = []
        for element in elements.prefix(limit + 1) {
            guard case .integer(let integer) = element.value, integer >= 0 else {
                throw fields.invalid(name, element.value, expected: "integers that are not negative")
            }
            result.append(integer)
        }
        return result
    }

    /// The format demands that every byte after the header belongs to exactly one tensor.
    private static func checkCoverage(
        of file: MappedFile,
        from start: Int,
        by tensors: [StoredTensor]
    ) throws(CheckpointError) {
        let order = tensors.indices.sorted { first, second in
            let (first, second) = (tensors[first].byteRange, tensors[second].byteRange)
            return (first.lowerBound, first.upperBound) < (second.lowerBound, second.upperBound)
        }
        var end = start
        for tensor in order.lazy.map({ tensors[$0] }) {
            let range = tensor.byteRange
            guard range.lowerBound == end else {
                let problem =
                    range.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
                throw CheckpointError(
                    .malformed,
                    "\(file.path): the tensor \(quoted(tensor.name)) at bytes \(range) \(problem), which "
                        + "ends at \(end); the file is damaged, download it again"
                )
            }
            end = range.upperBound
        }
        guard end == file.byteCount else {
            throw CheckpointError(
                .malformed,
                "\(file.path): \(file.byteCount - end) bytes at the end belong to no tensor; the file is "
                    + "damaged, download it again"
            )
        }
    }
}
