#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A folder in memory where the file system has one; inputs become its files.
struct WorkFolder {
    let path: String

    init(_ name: String) {
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        path = "\(root)/lmdeploy-fuzz-\(getpid())-\(name)"
        mkdir(path, 0o700)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ bytes: some Collection<UInt8>, to name: String) -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "w") else { fatal("cannot write \(file)") }
        let written = Array(bytes).withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stream) }
        guard fclose(stream) == 0, written == bytes.count else { fatal("cannot write \(file)") }
        return file
    }

    @discardableResult
    func write(_ text: String, to name: String) -> String { write(Array(text.utf8), to: name) }

    func remove() {
        guard let stream = opendir(path) else { return }
        while let entry = readdir(stream) {
            // SAFETY: d_name is a zero-terminated string, and the entry lives until the next readdir.
            withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                    _ = unlink(path + "/" + String(cString: $0))
                }
            }
        }
        closedir(stream)
        rmdir(path)
    }
}

/// Ends the program: the harness itself does not work, or a reader broke its promise.
func fatal(_ message: String) -> Never {
    preconditionFailure(message)
}
