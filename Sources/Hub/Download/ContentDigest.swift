internal import Crypto
internal import Tensors

/// Hashes of files.
enum ContentDigest {
    /// Large enough that progress reports cost nothing, small enough that they move.
    private static let chunkBytes = 4 << 20

    /// What the file hashes to, in the manner of `digest`, in lower-case hexadecimal; nil when it cannot be read.
    /// - Parameter progress: called with the bytes hashed so far; the hash is given up when it throws.
    static func compute(
        _ path: String, like digest: RemoteFile.Digest, progress: (Int) throws -> Void
    ) rethrows -> String? {
        guard let file = try? MappedFile(path: path) else { return nil }
        switch digest {
        case .sha256:
            return try hash(file, SHA256(), progress)
        case .gitBlob:
            var hash = Insecure.SHA1()
            hash.update(data: Array("blob \(file.byteCount)\0".utf8))
            return try self.hash(file, hash, progress)
        }
    }

    static func sha256(of text: String) -> String {
        hexadecimal(SHA256.hash(data: Array(text.utf8)))
    }

    // MARK: - Internals

    private static func hash<H: HashFunction>(
        _ file: MappedFile, _ start: H, _ progress: (Int) throws -> Void
    ) rethrows -> String {
        var hash = start
        var offset = 0
        while offset < file.byteCount {
            let chunk = offset..<min(offset + chunkBytes, file.byteCount)
            file.withBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[chunk])) }
            file.discard(chunk)
            offset = chunk.upperBound
            try progress(offset)
        }
        return hexadecimal(hash.finalize())
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
