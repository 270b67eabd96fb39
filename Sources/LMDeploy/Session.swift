internal import SessionStore
internal import Synchronization

/// A conversation that the engine remembers: what was said stays in the KV cache for as long as there is room, and is
/// computed again when there was none.
///
/// Made by ``Pipeline/session(id:system:)``. Ends with ``Pipeline/close(_:)``.
public final class Session: Sendable {
    /// The number that names the session.
    public let id: UInt64
    private let state: Mutex<State>

    struct State {
        var messages: [Message]
        /// Whether the engine knows the session.
        var isOpen: Bool
        var lastResponse: Response?
    }

    init(id: UInt64, messages: [Message], isOpen: Bool = false) {
        self.id = id
        state = Mutex(State(messages: messages, isOpen: isOpen))
    }

    /// What was said so far, the system's message included.
    public var messages: [Message] { state.withLock { $0.messages } }

    /// The end of the last reply.
    public var response: Response? { state.withLock { $0.lastResponse } }

    func withState<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }
}

/// The sessions of a pipeline, and where they are kept.
final class SessionBook: Sendable {
    private let store: SessionStore?
    private let state = Mutex(State())

    private struct State {
        var nextID: UInt64 = 1
        var sessions: [UInt64: Session] = [:]
    }

    /// - Parameter folder: where conversations are kept over a restart.
    init(folder: String?) throws(PipelineError) {
        do {
            store = try folder.map { (folder) throws(SessionStoreError) in try SessionStore(folder: folder) }
            for stored in try store?.load() ?? [] {
                let messages = stored.messages.map { Message(role: $0.role, content: $0.content) }
                let session = Session(id: stored.id, messages: messages)
                state.withLock { $0.sessions[stored.id] = session }
            }
        } catch {
            throw .session("\(error)")
        }
    }

    /// A new session, or the one that has the number already.
    func session(id: UInt64?, make: (UInt64) -> Session) -> Session {
        state.withLock { state in
            if let id, let known = state.sessions[id] { return known }
            var number = id ?? state.nextID
            while id == nil, state.sessions[number] != nil { number += 1 }
            if id == nil { state.nextID = number + 1 }
            let session = make(number)
            state.sessions[number] = session
            return session
        }
    }

    func known(_ id: UInt64) -> Session? { state.withLock { $0.sessions[id] } }

    /// Keeps what was said.
    func save(_ session: Session) throws(PipelineError) {
        let messages = session.messages.map { StoredSession.Message(role: $0.role, content: $0.content) }
        do {
            try store?.save(StoredSession(id: session.id, messages: messages))
        } catch {
            throw .session("\(error)")
        }
    }

    func remove(_ id: UInt64) throws(PipelineError) {
        state.withLock { _ = $0.sessions.removeValue(forKey: id) }
        do {
            try store?.remove(id)
        } catch {
            throw .session("\(error)")
        }
    }
}
