#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Standard output, standard error and standard input, without buffering.
package enum StandardStream {
    static let input: Int32 = 0
    static let output: Int32 = 1
    static let error: Int32 = 2

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Writes all of `text`.
    static func write(_ text: String, to descriptor: Int32 = output) throws(OutputError) {
        var text = text
        let failure: Int32? = text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let chunk = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[rest.indices])
                #if canImport(Darwin)
                    let count = Darwin.write(descriptor, chunk.baseAddress, chunk.count)
                #elseif canImport(Glibc)
                    let count = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
                #else
                    let count = Musl.write(descriptor, chunk.baseAddress, chunk.count)
                #endif
                if count < 0 && errno != EINTR { return errno }
                rest = rest.dropFirst(max(0, count))
            }
            return nil
        }
        if let failure {
            throw failure == EPIPE ? .closed : .failed(String(cString: strerror(failure)))
        }
    }

    /// The next bytes of a stream, waiting for at least one; empty at its end.
    static func read(_ descriptor: Int32 = input, atMost count: Int = 4096) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            let got = buffer.withUnsafeMutableBytes { bytes in
                #if canImport(Darwin)
                    Darwin.read(descriptor, bytes.baseAddress, bytes.count)
                #elseif canImport(Glibc)
                    Glibc.read(descriptor, bytes.baseAddress, bytes.count)
                #else
                    Musl.read(descriptor, bytes.baseAddress, bytes.count)
                #endif
            }
            if got < 0 && errno == EINTR { continue }
            return Array(buffer.prefix(max(0, got)))
        }
    }

    /// A reader that went away becomes an `OutputError` instead of the process's sudden end.
    package static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }
}

/// Why something could not be printed.
enum OutputError: Error, Equatable, CustomStringConvertible {
    /// Nobody reads the output any more.
    case closed
    case failed(String)

    var description: String {
        switch self {
        case .closed: "the output was closed"
        case .failed(let reason): "cannot write the output: \(reason)"
        }
    }
}
