internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Logging
internal import NIOCore
internal import Serving

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What every request passes: keys, other origins, errors in the form of the API that was asked, and the access log.
struct Gateway: RouterMiddleware {
    typealias Context = ServerContext

    let settings: APIServerSettings
    let keys: APIKeys
    /// Paths and their methods, to tell a wrong method from a wrong path.
    let methods: [String: [HTTPRequest.Method]]
    /// Files that people open in a browser.
    let pages: WebPages

    func handle(
        _ request: Request, context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await answer(request, context, next)
        } catch {
            response = Self.response(to: error, path: request.uri.path, context.logger)
        }
        addOrigin(to: &response, of: request)
        response.headers[.requestID] = context.requestID
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        context.logger.info(
            "request",
            metadata: [
                "id": .string(context.requestID),
                "method": .string(Self.printable(request.method.rawValue)),
                "path": .string(Self.printable(request.uri.path)),
                "status": .stringConvertible(response.status.code),
                "milliseconds": .stringConvertible(milliseconds.rounded()),
            ])
        return response
    }

    private func answer(
        _ request: Request, _ context: ServerContext,
        _ next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if request.method == .options, request.headers[.origin] != nil {
            return Response(status: .noContent, headers: preflightHeaders)
        }
        let path = request.uri.path
        if !keys.isEmpty, !isPublic(path), !isAuthorized(request) {
            let error = ServingError(
                .unauthorized,
                "the API key is missing or wrong: send it as 'Authorization: Bearer KEY' or as 'x-api-key: KEY'"
            )
            guard pages.contain(path) else { throw error }
            // A browser asks for a password, and sends it with what the page itself asks for.
            var response = Self.response(to: error, path: path, context.logger)
            response.headers[.wwwAuthenticate] =
                #"Basic realm="lmdeploy: the API key is the password", charset="UTF-8""#
            return response
        }
        if let allowed = methods[path], !allowed.contains(request.method) {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            var response = Self.response(
                to: ServingError(
                    .methodNotAllowed,
                    "\(Self.printable(request.method.rawValue)) is not for \(path): use \(names)"),
                path: path, context.logger)
            response.headers[.allow] = names
            return response
        }
        return try await next(request, context)
    }

    // MARK: - Keys

    private func isPublic(_ path: String) -> Bool {
        path == "/health" || path == "/ready"
            || (settings.hasPublicMetrics && (path == "/metrics" || pages.contain(path)))
    }

    private func isAuthorized(_ request: Request) -> Bool {
        if let key = request.headers[.apiKey] { return keys.contain(key) }
        guard let authorization = request.headers[.authorization] else { return false }
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return false }
        switch words[0].lowercased() {
        case "bearer": return keys.contain(String(words[1]))
        case "basic": return Self.password(words[1]).map(keys.contain) ?? false
        default: return false
        }
    }

    /// Of `name:password` in Base64.
    private static func password(_ text: Substring) -> String? {
        guard let data = Data(base64Encoded: String(text)),
            let both = String(validating: data, as: UTF8.self), let colon = both.firstIndex(of: ":")
        else { return nil }
        return String(both[both.index(after: colon)...])
    }

    // MARK: - Other origins

    private var preflightHeaders: HTTPFields {
        let rules = settings.crossOrigin
        let methods = rules.methods == ["*"] ? ["GET", "POST", "HEAD", "OPTIONS"] : rules.methods
        return [
            .accessControlAllowMethods: methods.joined(separator: ", "),
            .accessControlAllowHeaders: rules.headers == ["*"]
                ? "authorization, content-type, x-api-key, *" : rules.headers.joined(separator: ", "),
            .accessControlMaxAge: "600",
        ]
    }

    private func addOrigin(to response: inout Response, of request: Request) {
        guard let origin = request.headers[.origin] else { return }
        let rules = settings.crossOrigin
        let allowsAll = rules.origins.contains("*")
        if allowsAll && !rules.allowsCredentials {
            response.headers[.accessControlAllowOrigin] = "*"
        } else if allowsAll || rules.origins.contains(origin) {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.vary] = "Origin"
        }
        if rules.allowsCredentials { response.headers[.accessControlAllowCredentials] = "true" }
    }

    // MARK: - Errors

    /// The response to an error, in the form that clients of the path expect.
    static func response(to error: any Error, path: String, _ logger: Logger) -> Response {
        let served: ServingError
        switch error {
        case let error as ServingError: served = error
        case let error as any HTTPResponseError where error.status == .notFound:
            served = ServingError(.notFound, "there is nothing at \(printable(path)): see /openapi.json")
        case is NIOTooManyBytesError: served = ServingError(.bodyTooLarge, "the body is too large")
        default:
            logger.error("a request failed", metadata: ["error": .string(printable("\(error)"))])
            served = ServingError(error)
        }
        let isAnthropic = path.hasPrefix("/v1/messages")
        var response = Response.json(
            isAnthropic ? served.anthropicBody : served.openAIBody, status: served.status)
        if let seconds = served.retryAfterSeconds { response.headers[.retryAfter] = "\(seconds)" }
        if served.kind == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// Text from outside without characters that could forge a line of the log.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension HTTPField.Name {
    static let apiKey = Self.known("x-api-key")
    static let requestID = Self.known("x-request-id")
    static let ignoredFields = Self.known("x-lmdeploy-ignored")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no name of a field") }
        return name
    }
}

extension Response {
    static func json(_ output: JSONOutput, status: Int = 200) -> Response {
        let bytes = output.bytes
        return Response(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
