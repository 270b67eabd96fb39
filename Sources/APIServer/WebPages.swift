internal import CWebPages
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Serving

/// The chat page and the API explorer, whose files are part of the program.
struct WebPages: Sendable {
    /// A file as it is sent.
    private struct File: Sendable {
        let body: ByteBuffer
        let headers: HTTPFields
        let tag: String
    }

    private let files: [String: File]

    init() {
        let policy = String(cString: lmw_content_security_policy())
        var files: [String: File] = [:]
        for index in 0..<lmw_file_count() {
            guard let file = lmw_file_at(index) else { continue }
            // SAFETY: the bytes are constants of the program, and there are `length` of them.
            let bytes = UnsafeBufferPointer(start: file.pointee.bytes, count: file.pointee.length)
            let digits = String(lmw_file_digest(file), radix: 16)
            let tag = "\"" + String(repeating: "0", count: 16 - digits.count) + digits + "\""
            let headers: HTTPFields = [
                .contentType: String(cString: file.pointee.content_type), .eTag: tag,
                .cacheControl: "no-cache", .contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff",
            ]
            files[String(cString: file.pointee.path)] = File(
                body: ByteBuffer(bytes: bytes), headers: headers, tag: tag)
        }
        self.files = files
    }

    /// Where the files are served.
    var paths: [String] { files.keys.sorted() }

    /// Whether a path leads to a file, with a slash too many or without.
    func contain(_ path: String) -> Bool { files[Self.withoutSlash(path)] != nil }

    func add(to router: Router<ServerContext>) {
        for path in paths {
            router.get(RouterPath(path)) { request, _ in try respond(request) }
            router.head(RouterPath(path)) { request, _ in try respond(request).createHeadResponse() }
        }
    }

    private func respond(_ request: Request) throws -> Response {
        let path = request.uri.path
        guard let file = files[Self.withoutSlash(path)] else {
            throw ServingError(.notFound, "there is nothing at \(Gateway.printable(path))")
        }
        if path != Self.withoutSlash(path) {
            // Below "/ui/" the page would look for its files in the wrong place.
            let name = path.split(separator: "/").last ?? ""
            return Response(status: .permanentRedirect, headers: [.location: "../\(name)"])
        }
        if Self.list(request.headers[.ifNoneMatch], has: file.tag) {
            return Response(status: .notModified, headers: [.eTag: file.tag, .cacheControl: "no-cache"])
        }
        return Response(status: .ok, headers: file.headers, body: .init(byteBuffer: file.body))
    }

    // MARK: - Internals

    private static func withoutSlash(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Whether If-None-Match names a tag; proxies may have marked it as weak.
    private static func list(_ tags: String?, has tag: String) -> Bool {
        guard let tags else { return false }
        return tags.split(separator: ",").contains { entry in
            var entry = entry.drop { $0 == " " }
            while entry.last == " " { entry.removeLast() }
            return entry == "*" || entry == tag || entry == "W/" + tag
        }
    }
}
