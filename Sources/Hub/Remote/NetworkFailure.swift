internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix

/// What went wrong below HTTP, in words.
enum NetworkFailure {
    static func describe(_ error: any Error, _ address: WebAddress) -> any Error {
        if error is HubError || error is CancellationError { return error }
        if Task.isCancelled { return CancellationError() }
        return HubError(
            .unreachable,
            "cannot reach \(address.host): \(reason(error)); check the network, the proxy (HTTPS_PROXY) and "
                + "the hub's address (HF_ENDPOINT)")
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            switch error {
            case .readTimeout: return "the server fell silent"
            case .connectTimeout: return "no connection in time"
            case .remoteConnectionClosed: return "the server closed the connection"
            default: break
            }
        }
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first { return "\(first.error)".printable(limit: 200) }
            return "the name is unknown"
        }
        return "\(error)".printable(limit: 200)
    }
}
