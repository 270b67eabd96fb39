internal import GRDB

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A conversation as it is stored.
package struct StoredSession: Sendable, Equatable {
    package struct Message: Sendable, Equatable, Codable {
        package var role: String
        package var content: String

        package init(role: String, content: String) {
            self.role = role
            self.content = content
        }
    }

    package var id: UInt64
    package var messages: [Message]
    /// Token ids, of clients that speak in tokens.
    package var tokens: [Int32]

    package init(id: UInt64, messages: [Message] = [], tokens: [Int32] = []) {
        self.id = id
        self.messages = messages
        self.tokens = tokens
    }
}

/// A row of the table.
struct SessionRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "session"

    var id: Int64
    /// JSON: `[{"role": …, "content": …}]`.
    var messages: [UInt8]
    /// Little-endian 32-bit integers.
    var tokens: [UInt8]
    /// Counts up with every change: the order of use, whatever the clock says.
    var updated: Int64

    init(_ session: StoredSession, updated: Int64) throws {
        id = Int64(bitPattern: session.id)
        messages = Array(try JSONEncoder().encode(session.messages))
        tokens = session.tokens.flatMap(Self.bytes(of:))
        self.updated = updated
    }

    func session(path: String) throws -> StoredSession {
        let id = UInt64(bitPattern: id)
        let decoded: [StoredSession.Message]
        do {
            decoded = try JSONDecoder().decode([StoredSession.Message].self, from: Data(messages))
        } catch {
            throw SessionStoreError.damaged(path: path, session: id, field: "messages")
        }
        guard tokens.count % 4 == 0 else {
            throw SessionStoreError.damaged(path: path, session: id, field: "tokens")
        }
        let ids = stride(from: 0, to: tokens.count, by: 4).map { Self.token(tokens[$0..<$0 + 4]) }
        return StoredSession(id: id, messages: decoded, tokens: ids)
    }

    private static func bytes(of token: Int32) -> [UInt8] {
        withUnsafeBytes(of: token.littleEndian) { Array($0) }
    }

    private static func token(_ bytes: ArraySlice<UInt8>) -> Int32 {
        var bits: UInt32 = 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt32(byte) }
        return Int32(bitPattern: bits)
    }
}
