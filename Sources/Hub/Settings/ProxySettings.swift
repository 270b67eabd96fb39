/// Which proxy stands before which host, from the variables that curl, pip and Python know.
package struct ProxySettings: Sendable, Equatable {
    package struct Proxy: Sendable, Hashable {
        package let host: String
        package let port: Int
        /// For SOCKS 5; HTTP otherwise.
        package let isSocks: Bool
        package let user: String?
        package let password: String?
    }

    private let secure: Proxy?
    private let plain: Proxy?
    private let exceptions: [String]

    init(_ variables: EnvironmentVariables) throws(HubError) {
        func value(_ name: String) throws(HubError) -> Proxy? {
            guard let text = variables.text(name.lowercased()) ?? variables.text(name) else { return nil }
            guard let proxy = Self.parse(text) else {
                throw HubError(
                    .invalidSetting,
                    "\(name) is \(text.quotedForMessage), expected an address such as http://proxy:3128")
            }
            return proxy
        }
        let all = try value("ALL_PROXY")
        secure = try value("HTTPS_PROXY") ?? all
        plain = try value("HTTP_PROXY") ?? all
        let list = variables.text("no_proxy") ?? variables.text("NO_PROXY") ?? ""
        exceptions = list.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
    }

    /// The proxy for a request; nil to connect directly.
    package func proxy(for address: WebAddress) -> Proxy? {
        let host = address.host.lowercased()
        let isException = exceptions.contains { exception in
            if exception == "*" { return true }
            let parts = exception.split(separator: ":", omittingEmptySubsequences: false)
            let hasPort = parts.count == 2
            if hasPort, Int(parts[1]) != address.port { return false }
            let suffix = (hasPort ? String(parts[0]) : exception).drop { $0 == "." || $0 == "*" }
            return !suffix.isEmpty && (host == suffix || host.hasSuffix("." + suffix))
        }
        if isException { return nil }
        return address.isSecure ? secure : plain
    }

    // MARK: - Internals

    private static func parse(_ text: String) -> Proxy? {
        let isSocks = text.lowercased().hasPrefix("socks5://") || text.lowercased().hasPrefix("socks5h://")
        let rest = text.firstRange(of: "://").map { String(text[$0.upperBound...]) } ?? text
        let hasScheme = text.contains("://")
        guard isSocks || !hasScheme || text.lowercased().hasPrefix("http") else { return nil }
        var authority = String(rest.prefix { $0 != "/" })
        var user: String?
        var password: String?
        if let at = authority.lastIndex(of: "@") {
            let credentials = authority[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = PercentCoding.decode(String(credentials[0]))
            password = credentials.count == 2 ? PercentCoding.decode(String(credentials[1])) : ""
            authority = String(authority[authority.index(after: at)...])
        }
        guard let address = WebAddress("http://" + authority) else { return nil }
        let hasPort = authority.hasSuffix(":\(address.port)")
        return Proxy(
            host: address.host, port: hasPort ? address.port : isSocks ? 1080 : 80, isSocks: isSocks,
            user: user, password: password)
    }
}
