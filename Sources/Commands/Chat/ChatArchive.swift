package import LMDeploy
internal import SessionStore

/// Where a conversation in the terminal is kept.
package struct ChatArchive: Sendable {
    /// What was said before.
    package let messages: [Message]
    private let store: SessionStore
    private let id: UInt64

    package init(folder: String, id: UInt64) throws {
        store = try SessionStore(folder: folder)
        self.id = id
        let stored = try store.load().first { $0.id == id }
        messages = stored?.messages.map { Message(role: $0.role, content: $0.content) } ?? []
    }

    func keep(_ messages: [Message]) throws {
        try store.save(
            StoredSession(
                id: id, messages: messages.map { .init(role: $0.role, content: $0.content) }))
    }

    func forget() throws { try store.remove(id) }
}
