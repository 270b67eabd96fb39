internal import Tensors

/// Opens models that are split into several GGUF files: `name-00001-of-00003.gguf` and so on, which the keys
/// `split.no` (from 0), `split.count` and `split.tensors.count` describe. The first file has the metadata.
enum GGUFParts {
    /// Opens a GGUF file and, when it is a part of a split model, all its other parts.
    static func open(_ path: String) throws(CheckpointError) -> GGUFFile {
        let file = try GGUFFile(try MappedFile.open(path))
        guard let count = try file.metadata.integer(countKey), count != 1 else { return file }
        guard count > 1, count <= maximumCount else {
            throw file.metadata.invalid(countKey, "is \(count), expected 1...\(maximumCount)")
        }
        let names = try names(of: path, file, count: count)
        var parts: [GGUFFile] = []
        // Ends at the first file that is missing, whatever the count says.
        for (index, name) in names.enumerated() {
            let part = name == path ? file : try open(name, index: index)
            try check(part, index: index, count: count)
            parts.append(part)
        }
        return try joined(parts)
    }

    // MARK: - Internals

    private static let numberKey = "split.no"
    private static let countKey = "split.count"
    private static let tensorCountKey = "split.tensors.count"
    /// The names have five digits.
    private static let maximumCount = 99_999
    private static let digits = 5

    private static func fiveDigits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// The paths of all parts, made from that of one.
    private static func names(
        of path: String, _ file: GGUFFile, count: Int
    ) throws(CheckpointError) -> some Sequence<String> {
        guard let number = try file.metadata.integer(numberKey) else {
            throw file.metadata.missing(numberKey)
        }
        guard (0..<count).contains(number) else {
            throw file.metadata.invalid(numberKey, "is \(number), expected 0..<\(count) (\(countKey))")
        }
        let ending = "-\(fiveDigits(number + 1))-of-\(fiveDigits(count)).gguf"
        guard path.hasSuffix(ending) else {
            throw CheckpointError(
                .invalidField,
                "\(path) is part \(number + 1) of \(count) of a split model, but its name does not end in "
                    + "'\(ending)'; give all parts their original names"
            )
        }
        let stem = path.dropLast(ending.count)
        return (1...count).lazy.map { "\(stem)-\(fiveDigits($0))-of-\(fiveDigits(count)).gguf" }
    }

    private static func open(_ path: String, index: Int) throws(CheckpointError) -> GGUFFile {
        guard FileSystem.kind(of: path) == .file else {
            throw CheckpointError(
                .missingFile,
                "\(path), part \(index + 1) of a split model, is missing; download it into the same folder"
            )
        }
        return try GGUFFile(try MappedFile.open(path))
    }

    private static func check(_ part: GGUFFile, index: Int, count: Int) throws(CheckpointError) {
        for (key, expected) in [(countKey, count), (numberKey, index)] {
            guard let found = try part.metadata.integer(key) else { throw part.metadata.missing(key) }
            guard found == expected else {
                throw part.metadata.invalid(
                    key,
                    "is \(found), expected \(expected) from the file's name; the parts do not belong "
                        + "together, download them again")
            }
        }
    }

    private static func joined(_ parts: [GGUFFile]) throws(CheckpointError) -> GGUFFile {
        let first = parts[0]
        var names: Set<String> = []
        for tensor in parts.lazy.flatMap(\.tensors) {
            guard names.insert(tensor.info.name).inserted else {
                throw CheckpointError(
                    .malformed,
                    "\(tensor.file.path): the tensor \(quoted(tensor.info.name)) is in another part as well; "
                        + "download the model again"
                )
            }
        }
        if let expected = try first.metadata.integer(tensorCountKey), expected != names.count {
            throw first.metadata.invalid(
                tensorCountKey,
                "is \(expected), but the \(parts.count) parts have \(names.count) tensors; "
                    + "download the model again")
        }
        return GGUFFile(first: first, tensors: parts.flatMap(\.tensors))
    }
}
