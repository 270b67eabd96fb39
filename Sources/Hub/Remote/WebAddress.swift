/// An `http` or `https` address, and what relative ones mean seen from it (RFC 3986, section 5).
package struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    let isSecure: Bool
    /// In lower case; IPv6 addresses stand in brackets.
    let host: String
    let port: Int
    /// Encoded, begins with a slash.
    let path: String
    let query: String?

    /// Nil for anything but `http://HOST…` and `https://HOST…` without user, password and control characters.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        let lower = text.prefix(8).lowercased()
        let rest: Substring
        if lower == "https://" {
            isSecure = true
            rest = text.dropFirst(8)
        } else if lower.hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst(7)
        } else {
            return nil
        }
        let authority = rest.prefix { !"/?#".contains($0) }
        guard let (host, port) = Self.split(authority) else { return nil }
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
        let tail = rest[authority.endIndex...].prefix { $0 != "#" }
        let path = tail.prefix { $0 != "?" }
        self.path = path.isEmpty ? "/" : Self.withoutDots(path)
        query = path.endIndex < tail.endIndex ? String(tail[path.endIndex...].dropFirst()) : nil
    }

    package var description: String {
        let standard = isSecure ? 443 : 80
        return "\(isSecure ? "https" : "http")://\(host)\(port == standard ? "" : ":\(port)")\(path)"
            + (query.map { "?" + $0 } ?? "")
    }

    /// Without the query, which may hold a signature.
    var publicText: String {
        WebAddress(description.prefix { $0 != "?" }.description)?.description ?? host
    }

    package func hasSameOrigin(as other: WebAddress) -> Bool {
        isSecure == other.isSecure && host == other.host && port == other.port
    }

    /// The address a `Location` means that was received from here.
    package func resolving(_ location: String) -> WebAddress? {
        let scheme = isSecure ? "https:" : "http:"
        let origin = "\(scheme)//\(host):\(port)"
        let head = location.prefix { !"/?#".contains($0) }
        if head.contains(":") { return WebAddress(location) }
        if location.hasPrefix("//") { return WebAddress(scheme + location) }
        if location.hasPrefix("/") { return WebAddress(origin + location) }
        if location.isEmpty { return self }
        if location.hasPrefix("?") { return WebAddress(origin + path + location) }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "/"
        return WebAddress(origin + folder + location)
    }

    // MARK: - Internals

    private static let longest = 16 << 10

    private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let hostEnd: Substring.Index
        if authority.first == "[" {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            hostEnd = authority.index(after: bracket)
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        let host = authority[..<hostEnd].lowercased()
        let port = authority[hostEnd...]
        guard !host.isEmpty, !host.contains("%") else { return nil }
        if port.isEmpty || port == ":" { return (host, nil) }
        guard port.first == ":", let number = UInt16(port.dropFirst()), number > 0 else { return nil }
        return (host, Int(number))
    }

    /// The path with "." and ".." carried out.
    private static func withoutDots(_ path: Substring) -> String {
        var parts: [Substring] = []
        let found = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, part) in found.enumerated() {
            let isLast = index == found.count - 1
            switch part {
            case ".": if isLast { parts.append("") }
            case "..":
                if !parts.isEmpty { parts.removeLast() }
                if isLast { parts.append("") }
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
