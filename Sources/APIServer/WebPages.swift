internal import CWebPages
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The chat page, the API explorer and what belongs to them: files that are part of the program.
struct WebPages: Sendable {
    private struct Page: Sendable {
        let path: String
        let contentType: String
        let tag: String
        let bytes: ByteBuffer
    }

    private let pages: [Page]
    private let policy: String

    init() {
        policy = String(cString: lmw_content_security_policy())
        pages = (0..<lmw_file_count()).compactMap { index in
            guard let file = lmw_file_at(index) else { return nil }
            let digest = String(lmw_file_digest(file), radix: 16)
            // SAFETY: a file's bytes are there as long as the program runs.
            let bytes = UnsafeRawBufferPointer(start: file.pointee.bytes, count: file.pointee.length)
            return Page(
                path: String(cString: file.pointee.path),
                contentType: String(cString: file.pointee.content_type),
                tag: "\"" + String(repeating: "0", count: 16 - digest.count) + digest + "\"",
                bytes: ByteBuffer(bytes: bytes))
        }
    }

    /// Everything that is served here.
    var paths: [String] { pages.map(\.path) + [Self.chatFolder] }

    func add(to router: Router<ServerContext>) {
        for page in pages {
            let (whole, unchanged) = (response(page), unchanged(page))
            router.get(RouterPath(page.path)) { request, _ in
                Self.hasTag(request, page.tag) ? unchanged : whole
            }
            router.head(RouterPath(page.path)) { _, _ in whole.createHeadResponse() }
        }
        // The page's own addresses are relative to `/ui`.
        router.get(RouterPath(Self.chatFolder)) { _, _ in
            Response(status: .permanentRedirect, headers: [.location: "../ui"])
        }
    }

    // MARK: - Internals

    private static let chatFolder = "/ui/"

    private func response(_ page: Page) -> Response {
        var headers = headers(page)
        headers[.contentType] = page.contentType
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: page.bytes))
    }

    private func unchanged(_ page: Page) -> Response {
        Response(status: .notModified, headers: headers(page))
    }

    private func headers(_ page: Page) -> HTTPFields {
        [
            .cacheControl: "no-cache", .eTag: page.tag, .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff",
        ]
    }

    private static func hasTag(_ request: Request, _ tag: String) -> Bool {
        guard let known = request.headers[.ifNoneMatch] else { return false }
        return known.split(separator: ",").contains { name in
            let name = name.drop { $0 == " " }.prefix { $0 != " " }
            return name == "*" || name == tag || name == "W/" + tag
        }
    }
}
