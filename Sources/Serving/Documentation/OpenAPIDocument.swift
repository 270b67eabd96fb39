/// The description of the API that clients read, made from the tables that decode requests.
package enum OpenAPIDocument {
    /// A path that is read without a body.
    package struct Reading: Sendable {
        package let path: String
        let summary: String
        let mediaType: String
    }

    /// What can be read.
    package static let readings = [
        Reading(path: "/v1/models", summary: "The model that is served.", mediaType: "application/json"),
        Reading(path: "/health", summary: "Whether the server is well.", mediaType: "application/json"),
        Reading(path: "/ready", summary: "Whether the server takes requests.", mediaType: "application/json"),
        Reading(path: "/metrics", summary: "Metrics in Prometheus' format.", mediaType: "text/plain"),
        Reading(path: "/openapi.json", summary: "This description.", mediaType: "application/json"),
    ]

    /// - Parameters:
    ///   - version: of the program.
    ///   - needsKey: whether requests carry an API key.
    package static func output(version: String, needsKey: Bool) -> JSONOutput {
        var paths = JSONObjectOutput()
        var schemas = JSONObjectOutput()
        for reading in readings { paths.append(reading.path, ["get": operation(reading)]) }
        for endpoint in Endpoints.all {
            let schema = endpoint.schema
            schemas.append(schema.name, RequestField.schema(of: schema.fields))
            for path in endpoint.paths { paths.append(path, ["post": operation(endpoint, path: path)]) }
        }
        schemas.append("Error", errorSchema)
        let document: JSONOutput = [
            "openapi": "3.1.0",
            "info": [
                "title": "lmdeploy api_server", "version": .string(version),
                "description":
                    "A large language model behind the interfaces of OpenAI, Anthropic and LMDeploy.",
            ],
            "tags": .array(["OpenAI", "Anthropic", "LMDeploy", "Server"].map { ["name": .string($0)] }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas),
                "securitySchemes": ["apiKey": ["type": "http", "scheme": "bearer"]],
            ],
        ]
        return needsKey ? document.adding(["security": [["apiKey": []]]]) : document
    }

    // MARK: - Internals

    private static func operation(_ reading: Reading) -> JSONOutput {
        [
            "summary": .string(reading.summary), "operationId": .string(identifier("get", reading.path)),
            "tags": [.string(tag(of: reading.path))],
            "responses": responses(mediaTypes: [reading.mediaType], failures: ["401", "503"]),
        ]
    }

    private static func operation(_ endpoint: any Endpoint.Type, path: String) -> JSONOutput {
        let isStreamed = endpoint.schema.fields.contains { $0.name == "stream" }
        let reference: JSONOutput = ["$ref": .string("#/components/schemas/\(endpoint.schema.name)")]
        let streamType = path == "/v1/chat/interactive" ? "application/x-ndjson" : "text/event-stream"
        return [
            "summary": .string(endpoint.summary), "operationId": .string(identifier("post", path)),
            "tags": [.string(tag(of: path))],
            "requestBody": ["required": true, "content": ["application/json": ["schema": reference]]],
            "responses": responses(
                mediaTypes: ["application/json"] + (isStreamed ? [streamType] : []),
                failures: ["400", "401", "404", "409", "413", "415", "429", "501", "503", "504"]),
        ]
    }

    /// Whose API a path belongs to.
    private static func tag(of path: String) -> String {
        let isOpenAI = ["models", "chat/completions", "completions", "embeddings", "responses"]
            .contains { path == "/v1/" + $0 }
        if isOpenAI { return "OpenAI" }
        if path.hasPrefix("/v1/messages") { return "Anthropic" }
        return readings.contains { $0.path == path } ? "Server" : "LMDeploy"
    }

    private static func responses(mediaTypes: [String], failures: [String]) -> JSONOutput {
        var content = JSONObjectOutput()
        for type in mediaTypes { content.append(type, [:]) }
        var responses = JSONObjectOutput()
        responses.append("200", ["description": "The answer.", "content": .object(content)])
        let error: JSONOutput = ["schema": ["$ref": "#/components/schemas/Error"]]
        for status in failures {
            responses.append(
                status, ["description": "What is wrong.", "content": ["application/json": error]])
        }
        return .object(responses)
    }

    private static func identifier(_ method: String, _ path: String) -> String {
        method + path.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }

    private static let errorSchema: JSONOutput = [
        "type": "object",
        "properties": [
            "error": [
                "type": "object",
                "properties": [
                    "message": ["type": "string"], "type": ["type": "string"],
                    "param": ["type": ["string", "null"]], "code": ["type": ["string", "null"]],
                ],
            ]
        ],
    ]
}
