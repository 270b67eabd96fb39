/// One of the models in a repository of GGUF files: a file, or the parts of a split one.
struct GGUFVariant: Equatable {
    /// In the order of the parts.
    let files: [RemoteFile]

    /// The path of the file that is opened.
    var entry: String { files[0].path }

    static func isGGUF(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

    /// The models among `files`, by path.
    static func variants(of files: [RemoteFile]) -> [GGUFVariant] {
        let models = files.filter { isGGUF($0.path) && !isCompanion($0.path) }
        return Dictionary(grouping: models) { splitPrefix($0.path) ?? $0.path }
            .map { GGUFVariant(files: $0.value.sorted { $0.path < $1.path }) }
            .sorted { $0.entry < $1.entry }
    }

    /// Whether the file's name, its end before ".gguf", or its folder's is `name`.
    func isCalled(_ name: String) -> Bool {
        let wanted = name.lowercased()
        let path = entry.lowercased()
        let parts = path.split(separator: "/").map(String.init)
        guard let file = parts.last else { return false }
        let stem = (Self.splitPrefix(file) ?? String(file.dropLast(5)))
        return file == wanted || stem == wanted || parts.dropLast().contains(wanted)
            || [".", "-", "_"].contains { stem.hasSuffix($0 + wanted) }
    }

    /// The variants with their sizes, as many as fit a message.
    static func list(_ variants: [GGUFVariant]) -> String {
        let shown = variants.prefix(40).map { variant in
            let name = variant.entry.printable(limit: 120)
            let sizes = variant.files.compactMap(\.byteCount)
            guard sizes.count == variant.files.count else { return name }
            let total = sizes.reduce(0) { $0.addingReportingOverflow($1).partialValue }
            return "\(name) (\(sizeText(total)))"
        }
        let rest = variants.count - shown.count
        return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// In decimal units, as hubs show sizes.
    private static func sizeText(_ bytes: Int) -> String {
        let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")]
        guard let (unit, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) B" }
        let tenths = bytes / (unit / 10)
        return "\(tenths / 10).\(tenths % 10) \(name)"
    }

    /// Files that belong to a model and are none.
    private static func isCompanion(_ path: String) -> Bool {
        let name = (path.split(separator: "/").last.map(String.init) ?? path).lowercased()
        return name.hasPrefix("mmproj") || name.contains("imatrix")
    }

    /// What stands before "-00001-of-00003.gguf".
    private static func splitPrefix(_ path: String) -> String? {
        let suffixLength = "-00001-of-00003.gguf".utf8.count
        let suffix = Array(path.utf8.suffix(suffixLength))
        guard path.utf8.count > suffixLength, suffix.count == suffixLength else { return nil }
        let isPart = zip(suffix, "-00000-of-00000.gguf".utf8).allSatisfy { found, expected in
            expected == UInt8(ascii: "0")
                ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(found) : found | 0x20 == expected | 0x20
        }
        return isPart ? String(decoding: path.utf8.dropLast(suffixLength), as: UTF8.self) : nil
    }
}
