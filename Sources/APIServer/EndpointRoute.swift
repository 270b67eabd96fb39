internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Serving

/// Answers the requests of one endpoint.
struct EndpointRoute: Sendable {
    let endpoint: any Endpoint
    let service: InferenceService
    let settings: APIServerSettings
    let book: ConnectionBook

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let bytes = try await readBody(request)
        let body = try type(of: endpoint).schema.decode(bytes)
        if let name = body.unknownFields.first, service.settings.strictFields {
            throw ServingError(
                .invalidRequest, "\(Gateway.printable(name)) is no field of this request: leave it out",
                parameter: name)
        }
        let reply = try await watched(context) { try await endpoint.respond(body) }
        var response =
            switch reply {
            case .json(let output): Response.json(output)
            case .stream(let stream): streamed(stream, context)
            }
        if !body.unknownFields.isEmpty {
            let names = body.unknownFields.prefix(32).map(Self.headerText).joined(separator: ", ")
            response.headers[.ignoredFields] = names
            context.logger.notice("fields were ignored", metadata: ["fields": .string(names)])
        }
        return response
    }

    // MARK: - Internals

    private func readBody(_ request: Request) async throws -> [UInt8] {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard type == "application/json" else {
            throw ServingError(
                .unsupportedMediaType,
                "the Content-Type is \(type.map { "'\(Gateway.printable($0))'" } ?? "missing"), expected "
                    + "application/json")
        }
        let limit = settings.maxBodyBytes
        let tooLarge = ServingError(
            .bodyTooLarge,
            "the body is larger than \(limit) bytes: send less, or start the server with a larger --max-body-size"
        )
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw tooLarge
        }
        do {
            return Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    /// Does something until it is done or the client goes away.
    private func watched<Value: Sendable>(
        _ context: ServerContext, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        let observation = book.observe(context.channel) { task.cancel() }
        defer { book.end(observation) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func streamed(_ stream: ReplyStream, _ context: ServerContext) -> Response {
        let book = book
        let channel = context.channel
        let body = ResponseBody { writer in
            let observation = book.observe(channel) { stream.cancel() }
            defer { book.end(observation) }
            try await stream.run { events in
                let bytes = events.flatMap { $0.bytes(stream.format) }
                if !bytes.isEmpty { try await writer.write(ByteBuffer(bytes: bytes)) }
            }
            try await writer.finish(nil)
        }
        let type = stream.format == .lines ? "application/x-ndjson" : "text/event-stream; charset=utf-8"
        return Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-cache"], body: body)
    }

    /// A name as a header may hold it.
    private static func headerText(_ name: String) -> String {
        String(
            name.unicodeScalars.prefix(60).map { 0x21..<0x7F ~= $0.value && $0 != "," ? Character($0) : "?" })
    }
}

extension ReplyEvent {
    /// The event as it is sent.
    func bytes(_ format: ReplyStream.Format) -> [UInt8] {
        switch format {
        case .lines: return (data?.bytes ?? []) + [UInt8(ascii: "\n")]
        case .serverSentEvents:
            var bytes: [UInt8] = []
            if let name { bytes += "event: \(name)\n".utf8 }
            bytes += "data: ".utf8
            bytes += data?.bytes ?? Array("[DONE]".utf8)
            bytes += "\n\n".utf8
            return bytes
        }
    }
}
