import APIServer
import ArgumentParser
import Commands
import LMDeploy
import Logging
import Serving
import Testing

/// Command lines of `serve`, of LMDeploy's first versions and of today's.
@Suite struct ServeParsingTests {
    private func parse(_ line: String) throws -> any ParsableCommand {
        let arguments = ArgumentNormalization.normalize(line.split(separator: " ").map(String.init))
        return try LMDeployTool.parseAsRoot(arguments)
    }

    private func server(_ line: String) throws -> APIServerCommand {
        try #require(try parse("serve api_server " + line) as? APIServerCommand)
    }

    @Test func defaultsAreLMDeploys() throws {
        let command = try server("")
        let settings = try command.server.serverSettings([:])
        #expect(settings.host == "0.0.0.0" && settings.port == 23333 && settings.apiKeys.isEmpty)
        #expect(settings.crossOrigin == .init() && settings.certificate == nil)
        #expect(command.model.model == nil && command.server.batchSize == nil)
        #expect(command.server.logger.logLevel == .warning)
    }

    @Test func theFirstVersionsCommandLinesWork() throws {
        let command = try server(
            "./workspace --server_name 127.0.0.1 --server_port 8000 --instance_num 64 --tp 1")
        let settings = try command.server.serverSettings([:])
        #expect(settings.host == "127.0.0.1" && settings.port == 8000)
        #expect(command.server.batchSize == 64 && command.model.model == "./workspace")
        let client = try #require(
            try parse("serve api_client http://localhost:23333") as? APIClientCommand)
        #expect(client.url == "http://localhost:23333")
    }

    @Test func everyOptionReachesItsSettings() throws {
        let command = try server(
            """
            m --model-name served --api-keys a b --allow-origins https://a https://b --allow-methods GET \
            --allow-headers x --allow-credentials --max-batch-size 3 --max-concurrent-requests 7 \
            --request-timeout 1.5 --drain-timeout 2 --max-body-size 1MiB --strict-fields \
            --enable-abort-handling --public-metrics --log-level INFO --chat-template vicuna \
            --quant-policy 8 --session-len 512 --session-store folder
            """)
        let settings = try command.server.serverSettings([:])
        #expect(settings.apiKeys == ["a", "b"] && settings.maxBodyBytes == 1 << 20)
        #expect(settings.crossOrigin.origins == ["https://a", "https://b"])
        #expect(settings.crossOrigin.methods == ["GET"] && settings.crossOrigin.headers == ["x"])
        #expect(settings.crossOrigin.allowsCredentials && settings.hasPublicMetrics)
        #expect(settings.drainTime == .seconds(2) && command.server.logger.logLevel == .info)
        let service = command.server.serviceSettings
        #expect(service.modelName == "served" && service.maxConcurrentRequests == 7)
        #expect(service.requestTimeout == .seconds(1.5) && service.strictFields && service.allowsAbort)
        #expect(command.chatTemplate == "vicuna" && command.sessionStore == "folder")
        #expect(command.engine.quantPolicy == 8 && command.engine.sessionLen == 512)
    }

    @Test(arguments: [
        ("serve api_server --server-port 65536", "--server-port is 65536, expected 0...65535"),
        ("serve api_server --max-batch-size 0", "--max-batch-size is 0"),
        ("serve api_server --max-batch-size 1 --instance-num 2", "keep one"),
        ("serve api_server --max-body-size lots", "--max-body-size is 'lots'"),
        ("serve api_server --request-timeout 0", "--request-timeout is 0"),
        ("serve api_server --log-level LOUD", "--log-level is 'LOUD'"),
        ("serve api_client localhost:23333", "expected http://HOST:PORT"),
    ])
    func whatCannotBeServedIsRefused(_ line: String, _ words: String) throws {
        let error = #expect(throws: (any Error).self) { _ = try parse(line) }
        #expect(LMDeployTool.message(for: try #require(error)).contains(words))
    }

    @Test func keyAndCertificateComeFromFlagsOrTheEnvironment() throws {
        #expect(throws: ToolError.self) { try server("--ssl").server.serverSettings([:]) }
        #expect(throws: ToolError.self) { try server("--ssl-keyfile k").server.serverSettings([:]) }
        let files = ["SSL_KEYFILE": "/dev/null", "SSL_CERTFILE": "/dev/null"]
        let settings = try server("--ssl").server.serverSettings(files)
        #expect(settings.certificate == .init(keyPath: "/dev/null", certificatePath: "/dev/null"))
        #expect(throws: ToolError.self) {
            try server("--ssl --ssl-keyfile /no/such/file").server.serverSettings(files)
        }
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func eventsAreFoundHoweverTheirBytesAreCut(_ size: Int) {
        let text =
            "event: a\r\ndata: {\"x\":1}\r\n\r\n: note\n\ndata:two\ndata: lines\n\ndata: [DONE]\n\ndata: cut"
        var parser = ServerEventParser()
        var events: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = bytes[start..<min(start + size, bytes.count)]
            events += parser.append(piece).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(events == ["{\"x\":1}", "two\nlines", "[DONE]"])
    }
}
