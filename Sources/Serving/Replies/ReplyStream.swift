package import LMDeploy

/// Something that is sent while a reply is generated.
package struct ReplyEvent: Sendable, Equatable {
    /// The name of the event, where the API gives it one.
    package var name: String?
    /// `nil` stands for the end of the stream, which OpenAI's API marks with `[DONE]`.
    package var data: JSONOutput?

    package init(_ data: JSONOutput?, name: String? = nil) {
        self.name = name
        self.data = data
    }

    package static let done = ReplyEvent(nil)
}

/// Makes an API's events of the pieces of a reply.
package protocol ReplyEncoder: Sendable {
    /// Before the first piece.
    mutating func begin() -> [ReplyEvent]
    mutating func encode(_ piece: Response) -> [ReplyEvent]
    /// Behind the last piece.
    mutating func end() -> [ReplyEvent]
    /// Instead of the end, when something went wrong.
    mutating func failure(_ error: ServingError) -> [ReplyEvent]
}

extension ReplyEncoder {
    package mutating func begin() -> [ReplyEvent] { [] }
}

/// What a request is answered with.
package enum ServedReply: Sendable {
    case json(JSONOutput)
    case stream(ReplyStream)
}

/// A reply that is sent while it is generated. Its first piece is there: what can be wrong with the request has been
/// found out.
package struct ReplyStream: Sendable {
    /// How events are told apart.
    package enum Format: Sendable {
        case serverSentEvents
        /// A line of JSON for each.
        case lines
    }

    package let format: Format
    private let group: ReplyGroup
    private let first: Response?
    private let atEnd: @Sendable () async -> Void
    private let makeEncoder: @Sendable () -> any ReplyEncoder

    /// Waits for the first piece.
    /// - Parameter atEnd: called when the reply has ended, in whatever way.
    init(
        _ group: ReplyGroup, format: Format = .serverSentEvents,
        atEnd: @escaping @Sendable () async -> Void = {},
        _ makeEncoder: @escaping @Sendable () -> any ReplyEncoder
    ) async throws(ServingError) {
        self.format = format
        self.atEnd = atEnd
        self.makeEncoder = makeEncoder
        self.group = group
        do {
            var iterator = group.pieces.makeAsyncIterator()
            first = try await iterator.next()
        } catch {
            throw ServingError(error)
        }
        if Task.isCancelled { throw ServingError(.cancelled, "the client went away") }
    }

    /// Ends the reply.
    package func cancel() { group.cancel() }

    /// Hands on events until the end. When `write` throws, the reply ends.
    package func run(_ write: ([ReplyEvent]) async throws -> Void) async throws {
        do {
            try await send(write)
        } catch {
            await atEnd()
            throw error
        }
        await atEnd()
    }

    private func send(_ write: ([ReplyEvent]) async throws -> Void) async throws {
        var encoder = makeEncoder()
        try await write(encoder.begin())
        if let first { try await write(encoder.encode(first)) }
        var iterator = group.pieces.makeAsyncIterator()
        while true {
            let piece: Response?
            do {
                piece = try await iterator.next()
            } catch {
                return try await write(encoder.failure(ServingError(error)))
            }
            guard let piece else { break }
            try await write(encoder.encode(piece))
        }
        try await write(encoder.end())
    }
}
