internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Sends requests and follows redirects; the token goes to the endpoint's host only.
final class HTTPTransport: Sendable {
    struct Response: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: HTTPClientResponse.Body
        /// Of the first answer, which is the hub's own; others come from where it pointed to.
        let hubHeaders: HTTPHeaders
        let isRedirected: Bool
        let address: WebAddress
    }

    private let settings: HubSettings
    private let endpoint: WebAddress
    private let clients = Mutex<[ProxySettings.Proxy?: HTTPClient]>([:])

    init(_ settings: HubSettings) throws(HubError) {
        guard let endpoint = WebAddress(settings.endpoint) else {
            throw HubError(.invalidSetting, "\(settings.endpoint.quotedForMessage) is no address of a hub")
        }
        self.settings = settings
        self.endpoint = endpoint
    }

    /// Closes all connections.
    func shutDown() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all {
            // What cannot be closed in order is closed with the process.
            try? await client.shutdown()
        }
    }

    func send(
        _ address: WebAddress, method: HTTPMethod = .GET, headers: [(String, String)] = []
    ) async throws -> Response {
        var current = address
        var hubHeaders: HTTPHeaders?
        for _ in 0...settings.limits.redirects {
            let response = try await sendOnce(current, method, headers)
            let first = hubHeaders ?? response.headers
            hubHeaders = first
            let status = Int(response.status.code)
            guard [301, 302, 303, 307, 308].contains(status) else {
                return Response(
                    status: status, headers: response.headers, body: response.body, hubHeaders: first,
                    isRedirected: current != address, address: current)
            }
            // Reading the few bytes there are lets the connection be used again.
            _ = try? await response.body.collect(upTo: 64 << 10)
            guard let location = response.headers.first(name: "Location"),
                let next = current.resolving(location)
            else {
                throw HubError(
                    .badResponse,
                    "\(current.publicText) redirects to no address (status \(status)); try later")
            }
            guard next.isSecure || !current.isSecure else {
                throw HubError(
                    .badResponse,
                    "\(current.publicText) redirects to \(next.publicText), which is not encrypted: refused")
            }
            current = next
        }
        throw HubError(
            .badResponse,
            "\(address.publicText) redirects more than \(settings.limits.redirects) times; check HF_ENDPOINT "
                + "and the proxy")
    }

    // MARK: - Internals

    private func sendOnce(
        _ address: WebAddress, _ method: HTTPMethod, _ headers: [(String, String)]
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address.description)
        request.method = method
        request.headers.add(name: "User-Agent", value: "lmdeploy-swift")
        // Lengths and ranges are about the file itself.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let token = settings.token, address.hasSameOrigin(as: endpoint) {
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            if settings.service == .modelScope {
                request.headers.add(name: "Cookie", value: "m_session_id=\(token)")
            }
        }
        do {
            return try await client(for: address).execute(request, deadline: .distantFuture)
        } catch {
            throw NetworkFailure.describe(error, address)
        }
    }

    private func client(for address: WebAddress) -> HTTPClient {
        let proxy = settings.proxies.proxy(for: address)
        return clients.withLock { clients in
            if let client = clients[proxy] { return client }
            let client = HTTPClient(
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration(proxy))
            clients[proxy] = client
            return client
        }
    }

    private func configuration(_ proxy: ProxySettings.Proxy?) -> HTTPClient.Configuration {
        let limits = settings.limits
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = settings.certificateFile { tls.trustRoots = .file(file) }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(Int64(limits.connectSeconds * 1000)),
                read: .milliseconds(Int64(limits.readSeconds * 1000))),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limits.connections + 2
        if let proxy {
            if proxy.isSocks {
                configuration.proxy = .socksServer(host: proxy.host, port: proxy.port)
            } else if let user = proxy.user {
                configuration.proxy = .server(
                    host: proxy.host, port: proxy.port,
                    authorization: .basic(username: user, password: proxy.password ?? ""))
            } else {
                configuration.proxy = .server(host: proxy.host, port: proxy.port)
            }
        }
        return configuration
    }
}
