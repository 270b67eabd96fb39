#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Answers requests about tokenizers, templates and tensors: one JSON object a line on standard input, one a
/// line on standard output. `tools/conformance` asks the references the same questions.
///
/// A request that cannot be answered gets `{"error": "…"}`, and the next one is read.
@main
struct ConformanceProbe {
    static func main() {
        var session = Session()
        while let line = readLine() {
            guard write(session.answer(line)) else { return }
        }
    }

    /// False when nobody reads any more.
    private static func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = systemWrite(STDOUT_FILENO, rest.baseAddress, rest.count)
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, bytes, count)
}
