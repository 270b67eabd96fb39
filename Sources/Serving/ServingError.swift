package import LMDeploy

/// Why a request is not answered. `message` is one line: what was found, what was expected, what to do.
package struct ServingError: Error, Sendable, Equatable {
    /// What went wrong, from the caller's point of view.
    package enum Kind: String, Sendable, CaseIterable {
        case invalidRequest
        case contextLengthExceeded
        case unsupportedField
        case unauthorized
        case forbidden
        case modelNotFound
        case notFound
        case methodNotAllowed
        case conflict
        case bodyTooLarge
        case unsupportedMediaType
        case cancelled
        case overloaded
        case unavailable
        case timeout
        case notImplemented
        case badGateway
        case `internal`
    }

    package var kind: Kind
    package var message: String
    /// The field that is to blame.
    package var parameter: String?
    /// When it makes sense to ask again.
    package var retryAfterSeconds: Int?

    package init(_ kind: Kind, _ message: String, parameter: String? = nil, retryAfterSeconds: Int? = nil) {
        self.kind = kind
        self.message = message
        self.parameter = parameter
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// A field that holds something else than it may.
    package static func field(_ name: String, found: String, expected: String) -> ServingError {
        ServingError(.invalidRequest, "\(name) is \(found), expected \(expected)", parameter: name)
    }
}

extension ServingError {
    /// The status of HTTP that tells the same.
    package var status: Int {
        switch kind {
        case .invalidRequest, .contextLengthExceeded, .unsupportedField: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .modelNotFound, .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .bodyTooLarge: 413
        case .unsupportedMediaType: 415
        case .overloaded: 429
        case .cancelled: 499
        case .internal: 500
        case .notImplemented: 501
        case .badGateway: 502
        case .unavailable: 503
        case .timeout: 504
        }
    }

    /// OpenAI's name for the sort of error.
    package var type: String {
        switch kind {
        case .unauthorized: "authentication_error"
        case .forbidden: "permission_error"
        case .modelNotFound, .notFound: "not_found_error"
        case .overloaded: "rate_limit_error"
        case .internal, .badGateway, .unavailable, .timeout: "server_error"
        default: "invalid_request_error"
        }
    }

    /// A word for programs.
    package var code: String {
        switch kind {
        case .invalidRequest: "invalid_request"
        case .contextLengthExceeded: "context_length_exceeded"
        case .unsupportedField: "unsupported_feature"
        case .unauthorized: "invalid_api_key"
        case .forbidden: "forbidden"
        case .modelNotFound: "model_not_found"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .conflict: "request_conflict"
        case .bodyTooLarge: "body_too_large"
        case .unsupportedMediaType: "unsupported_media_type"
        case .cancelled: "request_cancelled"
        case .overloaded: "server_overloaded"
        case .unavailable: "engine_unavailable"
        case .timeout: "request_timeout"
        case .notImplemented: "not_implemented"
        case .badGateway: "bad_gateway"
        case .internal: "internal_error"
        }
    }

    /// OpenAI's body of an error.
    package var openAIBody: JSONOutput {
        [
            "error": [
                "message": .string(message), "type": .string(type), "param": .optional(parameter),
                "code": .string(code),
            ]
        ]
    }

    /// Anthropic's body of an error.
    package var anthropicBody: JSONOutput {
        let type =
            switch kind {
            case .unauthorized: "authentication_error"
            case .forbidden: "permission_error"
            case .modelNotFound, .notFound: "not_found_error"
            case .bodyTooLarge: "request_too_large"
            case .overloaded: "rate_limit_error"
            case .unavailable: "overloaded_error"
            case .internal, .badGateway, .timeout: "api_error"
            default: "invalid_request_error"
            }
        return ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
    }
}

extension ServingError {
    /// What the library says about a request, as the caller of a service is told.
    package init(_ error: PipelineError) {
        switch error {
        case .invalidParameter(let field, _, _):
            self.init(.invalidRequest, error.description, parameter: field)
        case .promptTooLong(let promptTokens, let sessionLength):
            self.init(
                .contextLengthExceeded,
                "the prompt has \(promptTokens) tokens and the context holds \(sessionLength) with at least one "
                    + "for the reply: shorten the prompt, or start the server with a larger --session-len",
                parameter: "prompt")
        case .cacheTooSmall(let neededBlocks, let totalBlocks):
            self.init(
                .contextLengthExceeded,
                "the request needs \(neededBlocks) KV cache blocks and the server has \(totalBlocks): lower "
                    + "max_tokens or shorten the prompt, or start the server with a larger "
                    + "--cache-max-entry-count",
                parameter: "max_tokens")
        case .chatTemplate, .emptyPrompt: self.init(.invalidRequest, error.description, parameter: "prompt")
        case .session: self.init(.conflict, error.description, parameter: "session_id")
        case .engine: self.init(.unavailable, error.description, retryAfterSeconds: 1)
        case .model: self.init(.internal, error.description)
        }
    }

    /// Any error that a stream of replies ends with.
    package init(_ error: any Error) {
        switch error {
        case let error as ServingError: self = error
        case let error as PipelineError: self.init(error)
        case is CancellationError: self.init(.cancelled, "the request was cancelled")
        default: self.init(.internal, "the reply could not be generated: see the server's log")
        }
    }
}
