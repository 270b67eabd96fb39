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

/// The sessions of a pipeline.
final class SessionBook: Sendable {
    private let state = Mutex(State())

    private struct State {
        var nextID: UInt64 = 1
        var sessions: [UInt64: Session] = [:]
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

    func remove(_ id: UInt64) { state.withLock { _ = $0.sessions.removeValue(forKey: id) } }
}
