internal import Checkpoints
internal import Crypto
internal import Tensors

/// Checks a fetched file against its SHA-256, and remembers that it did.
///
/// Hashing 100 MB takes a good part of a second, too long for every start. A stamp beside the file keeps
/// hash, size and modification time; a file that still has them is taken for verified.
enum VerifiedFile {
    /// Large enough that progress reports cost nothing, small enough that they move.
    private static let chunkBytes = 4 << 20

    static func isRemembered(_ path: String, _ model: PackagedModel) -> Bool {
        guard let status = FileSystem.status(of: path), status.byteCount == model.byteCount,
            let stamp = try? MappedFile(path: stampPath(path))
        else { return false }
        return stamp.withBytes { $0.elementsEqual(Array(stampText(status, model).utf8)) }
    }

    /// A stamp that cannot be written only costs time at the next start, so that is no error.
    static func remember(_ path: String, _ model: PackagedModel) {
        guard let status = FileSystem.status(of: path) else { return }
        try? FileSystem.write(stampText(status, model), to: stampPath(path))
    }

    static func hasRightHash(_ path: String, _ model: PackagedModel, _ progress: (FetchProgress) -> Void)
        -> Bool
    {
        guard let file = try? MappedFile(path: path) else { return false }
        var hash = SHA256()
        var offset = 0
        while offset < file.byteCount {
            let chunk = offset..<min(offset + chunkBytes, file.byteCount)
            file.withBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[chunk])) }
            file.discard(chunk)
            offset = chunk.upperBound
            progress(FetchProgress(phase: .verifying, bytes: offset, totalBytes: file.byteCount))
        }
        return hexadecimal(hash.finalize()) == model.sha256
    }

    // MARK: - Internals

    private static func stampPath(_ path: String) -> String { path + ".verified" }

    private static func stampText(_ status: FileSystem.Status, _ model: PackagedModel) -> String {
        "\(model.sha256) \(status.byteCount) \(status.modifiedNanoseconds)\n"
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
