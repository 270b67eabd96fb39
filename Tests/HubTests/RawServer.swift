import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An HTTP server that sends whatever a test wants, also what no server should.
final class RawServer: Sendable {
    struct Request: Sendable {
        let method: String
        /// Path and query.
        let target: String
        /// By lower-case name.
        let headers: [String: String]

        var path: String { String(target.prefix { $0 != "?" }) }

        /// First and last byte of a `Range` header.
        var range: (first: Int, last: Int?)? {
            guard let text = headers["range"], text.hasPrefix("bytes=") else { return nil }
            let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
            guard let first = parts.first.flatMap({ Int($0) }) else { return nil }
            return (first, parts.count > 1 ? Int(parts[1]) : nil)
        }
    }

    enum Step: Sendable {
        case send([UInt8])
        case pause(seconds: Double)
        case hangUp
    }

    let port: Int
    private let listener: Int32
    private let isStopped = Mutex(false)
    private let isClosed = Mutex(false)
    private let log = Mutex<[Request]>([])
    private let handler: @Sendable (Request) -> [Step]

    var requests: [Request] { log.withLock { $0 } }

    func forgetRequests() { log.withLock { $0 = [] } }

    init(_ handler: @escaping @Sendable (Request) -> [Step]) throws {
        self.handler = handler
        listener = Self.makeSocket()
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        struct NotListening: Error {}
        guard isListening else { throw NotListening() }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Stops listening; returns when nobody can connect any more.
    func stop() {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        guard isFirst else { return }
        // The thread that closes the listener waits for a connection.
        let client = Self.makeSocket()
        var address = Self.address(port: port)
        withUnsafePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        close(client)
        for _ in 0..<1000 where !isClosed.withLock({ $0 }) { usleep(1000) }
    }

    // MARK: - Answers

    static func answer(
        _ status: Int, _ headers: [(String, String)] = [], _ body: [UInt8] = [], length: Int? = nil
    ) -> [Step] {
        var head = "HTTP/1.1 \(status) Status\r\n"
        head += "Content-Length: \(length ?? body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return [.send(Array((head + "\r\n").utf8)), .send(body)]
    }

    // MARK: - Internals

    private static func makeSocket() -> Int32 {
        #if canImport(Glibc)
            socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    /// Of this machine.
    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func acceptAll() {
        defer {
            close(listener)
            isClosed.withLock { $0 = true }
        }
        while true {
            let connection = accept(listener, nil, nil)
            if isStopped.withLock({ $0 }) {
                close(connection)
                return
            }
            guard connection >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            Thread.detachNewThread { [self] in serve(connection) }
        }
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var pending: [UInt8] = []
        while let request = Self.readRequest(connection, &pending) {
            log.withLock { $0.append(request) }
            for step in handler(request) {
                switch step {
                case .send(let bytes): guard Self.send(bytes, to: connection) else { return }
                case .pause(let seconds): usleep(UInt32(seconds * 1_000_000))
                case .hangUp: return
                }
            }
        }
    }

    private static func readRequest(_ connection: Int32, _ pending: inout [UInt8]) -> Request? {
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            if let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
                pending.removeSubrange(..<end.upperBound)
                let lines = head.split(separator: "\r\n")
                let words = (lines.first ?? "").split(separator: " ")
                guard words.count == 3 else { return nil }
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { continue }
                    headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
                }
                return Request(method: String(words[0]), target: String(words[1]), headers: headers)
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            pending += buffer[..<count]
        }
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { sendto(connection, $0.baseAddress, $0.count, flags, nil, 0) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
