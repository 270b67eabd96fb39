internal import Crypto

/// The keys that open a server. Looking one up takes the same time whatever is asked for.
struct APIKeys: Sendable {
    private let digests: [SHA256.Digest]

    init(_ keys: [String]) { digests = keys.map { SHA256.hash(data: Array($0.utf8)) } }

    var isEmpty: Bool { digests.isEmpty }

    /// Digests compare in constant time, and all of them are compared.
    func contain(_ key: String) -> Bool {
        let digest = SHA256.hash(data: Array(key.utf8))
        return digests.reduce(false) { found, known in (known == digest) != found || found }
    }
}
