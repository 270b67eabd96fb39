internal import Tensors

/// A file that `torch.save` wrote: a zip file with the pickle of a state dict and one entry for each storage.
///
/// Nothing in the file is executed, and tensors are read where they lie.
struct PyTorchFile {
    private let file: MappedFile
    private let archive: ZipArchive
    /// The archive's folder, with a slash.
    private let folder: String

    /// Reads the descriptions of a file's tensors, in its order.
    static func read(_ path: String) throws(CheckpointError) -> [StoredTensor] {
        try open(path).tensors(isNested: false)
    }

    /// As above where they are in dictionaries in the file's dictionary, whose names come before theirs.
    static func readNested(_ path: String) throws(CheckpointError) -> [StoredTensor] {
        try open(path).tensors(isNested: true)
    }

    private static func open(_ path: String) throws(CheckpointError) -> PyTorchFile {
        let file = try MappedFile.open(path)
        try checkFormat(of: file)
        return try PyTorchFile(file)
    }

    private init(_ file: MappedFile) throws(CheckpointError) {
        self.file = file
        archive = try ZipArchive(file)
        let pickles = archive.entries.keys.filter { name in
            name.hasSuffix("/data.pkl") && name.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 1
        }
        guard pickles.count == 1, let pickle = pickles.first else {
            throw CheckpointError(
                .malformed,
                "\(file.path): the zip file has \(pickles.count) entries '<folder>/data.pkl', expected one; "
                    + "it is no file of torch.save")
        }
        folder = String(pickle.dropLast("data.pkl".count))
        guard archive.entries[folder + "constants.pkl"] == nil else {
            throw CheckpointError(
                .unsupported,
                "\(file.path) is a TorchScript program, not a state dict; refuses to execute it. Save the "
                    + "model's weights as safetensors")
        }
        if let order = archive.entries[folder + "byteorder"], !isText("little", order) {
            throw CheckpointError(
                .unsupported,
                "\(file.path): the entry 'byteorder' is not 'little'; save the model on a little-endian "
                    + "computer")
        }
    }

    // MARK: - Internals

    private static func checkFormat(of file: MappedFile) throws(CheckpointError) {
        guard file.byteCount > 0 else {
            throw CheckpointError(.truncated, "\(file.path) is empty (0 bytes); download it again")
        }
        let (start, isTar) = file.withBytes { bytes in
            (
                Array(bytes.prefix(4)),
                bytes.count > 262 && bytes[257..<262].elementsEqual("ustar".utf8)
            )
        }
        if start == [0x50, 0x4B, 3, 4] || start == [0x50, 0x4B, 5, 6] { return }
        let advice =
            "convert it where you trust it: python -c \"import torch; torch.save(torch.load('FILE', "
            + "weights_only=True), 'FILE')\""
        if isTar || start.first == 0x80 {
            throw CheckpointError(
                .unsupported,
                "\(file.path) has the format of PyTorch before 1.6, a \(isTar ? "tar file" : "bare pickle"); "
                    + advice)
        }
        let found = start.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        throw CheckpointError(
            .malformed,
            "\(file.path) is no file of torch.save (it starts with \(found), expected 50 4b 03 04); download "
                + "it again")
    }

    private func isText(_ text: String, _ range: Range<Int>) -> Bool {
        file.withBytes { $0[range].elementsEqual(text.utf8) }
    }

    private func tensors(isNested: Bool) throws(CheckpointError) -> [StoredTensor] {
        let name = folder + "data.pkl"
        guard let range = archive.entries[name] else { return [] }
        let result: PickleMachine.Result
        do throws(PickleMachine.Failure) {
            result = try file.withBytes { (bytes) throws(PickleMachine.Failure) in
                try PickleMachine.run(UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
        } catch {
            throw CheckpointError(
                error.code,
                "\(file.path): the pickle \(quoted(name)) at byte \(error.offset) \(error.problem)")
        }
        var items = try stateDict(result, range)
        if isNested {
            var nested: [(String, PickleValue)] = []
            for item in items { nested += try inner(item, result, range) }
            items = nested
        }
        var tensors: [StoredTensor] = []
        var names: Set<String> = []
        for (key, value) in items {
            guard case .tensor(let index) = value else {
                throw invalid(key, "is \(value.summary), expected a tensor")
            }
            guard names.insert(key).inserted else { throw invalid(key, "appears twice") }
            tensors.append(try tensor(key, result.tables.tensors[index], result.tables.storages))
        }
        return tensors
    }

    /// The names and values of the state dict, which trainers like to wrap.
    private func stateDict(
        _ result: PickleMachine.Result, _ pickle: Range<Int>
    ) throws(CheckpointError) -> [(String, PickleValue)] {
        var value = result.value
        for _ in 0..<2 {
            guard case .dictionary(let index) = value else { break }
            let items = try named(result.tables.dictionaries[index], pickle)
            let wrapped = items.first { ["state_dict", "model", "module"].contains($0.0) }
            if case .dictionary = wrapped?.1, let inner = wrapped?.1 {
                value = inner
            } else {
                return items
            }
        }
        throw CheckpointError(
            .malformed,
            "\(file.path): the pickle is \(value.summary), expected a dictionary of tensors by name")
    }

    /// The names and values of a dictionary in the state dict.
    private func inner(
        _ item: (name: String, value: PickleValue), _ result: PickleMachine.Result, _ pickle: Range<Int>
    ) throws(CheckpointError) -> [(String, PickleValue)] {
        guard case .dictionary(let index) = item.value else {
            throw invalid(item.name, "is \(item.value.summary), expected a dictionary of tensors")
        }
        return try named(result.tables.dictionaries[index], pickle).map { (item.name + "/" + $0, $1) }
    }

    private func named(
        _ items: [(key: PickleValue, value: PickleValue)], _ pickle: Range<Int>
    ) throws(CheckpointError) -> [(String, PickleValue)] {
        var result: [(String, PickleValue)] = []
        for (key, value) in items {
            guard case .text(let start, let count) = key,
                let text = file.withBytes({ bytes in
                    let start = pickle.lowerBound + Int(start)
                    return String(validating: bytes[start..<start + Int(count)], as: UTF8.self)
                })
            else {
                throw CheckpointError(
                    .malformed,
                    "\(file.path): the state dict has \(key.summary) as a name, expected valid UTF-8 text")
            }
            result.append((text, value))
        }
        return result
    }

    private func tensor(
        _ name: String, _ view: PickledTensor, _ storages: [PickledStorage]
    ) throws(CheckpointError) -> StoredTensor {
        let storage = storages[view.storage]
        guard let bytes = archive.entries[folder + "data/" + storage.key] else {
            throw invalid(
                name, "is in the storage \(quoted(storage.key)), for which the zip file has no entry")
        }
        guard let count = StoredTensor.elementCount(view.shape) else {
            throw invalid(
                name, "has the sizes \(view.shape), more than \(StoredTensor.maximumElements) values")
        }
        let size = view.element.byteCount
        let (stated, overflow) = storage.count.multipliedReportingOverflow(
            by: storage.element?.byteCount ?? 1)
        guard !overflow, stated == bytes.count else {
            throw invalid(
                name,
                "is in the storage \(quoted(storage.key)) of \(storage.count) elements, but its zip "
                    + "entry has \(bytes.count) bytes")
        }
        let capacity = bytes.count / size
        guard let extent = view.extent, extent <= capacity, count <= capacity else {
            throw invalid(
                name, "needs more values than its storage \(quoted(storage.key)) of \(bytes.count) bytes has")
        }
        guard let strides = view.rowStrides else {
            throw CheckpointError(
                .unsupported,
                "\(file.path): the tensor \(quoted(name)) has sizes \(view.shape) and strides "
                    + "\(view.strides), whose rows are not evenly spaced; save it with .contiguous()")
        }
        return StoredTensor(
            name: name, shape: view.shape, element: view.element, file: file,
            offset: bytes.lowerBound + (count == 0 ? 0 : view.offset * size), rowStride: strides.row,
            valueStride: strides.value)
    }

    private func invalid(_ name: String, _ problem: String) -> CheckpointError {
        CheckpointError(
            .malformed,
            "\(file.path): the tensor \(quoted(name)) \(problem); the file is damaged, download it again")
    }
}

extension PickledTensor {
    /// How many elements the storage must have, or nil when that is no number.
    fileprivate var extent: Int? {
        if shape.contains(0) { return 0 }
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (span, spanOverflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, sumOverflow) = last.addingReportingOverflow(span)
            guard !spanOverflow, !sumOverflow else { return nil }
            last = sum
        }
        let (extent, overflow) = last.addingReportingOverflow(1)
        return overflow ? nil : extent
    }

    /// The distances between rows and between the values of a row; nil when rows are not evenly spaced.
    fileprivate var rowStrides: (row: Int, value: Int)? {
        if shape.contains(0) { return (0, 1) }
        guard let length = shape.last, let last = strides.last else { return (1, 1) }
        let value = length == 1 ? 1 : last
        // Dimensions of one element can have any stride.
        let outer = zip(shape, strides).dropLast().filter { $0.0 != 1 }
        guard let innermost = outer.last else { return (length, value) }
        var expected = innermost.1
        for (size, stride) in outer.reversed() {
            guard stride == expected else { return nil }
            // Both are within the storage: extent has been computed without overflow.
            (expected, _) = stride.multipliedReportingOverflow(by: size)
        }
        return (innermost.1, value)
    }
}
