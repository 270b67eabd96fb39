import Crypto
import Foundation
import Hub
import TestSupport
import Testing

/// Downloads from ModelScope.
struct ModelScopeTests {
    private static let files = FakeHub.tinyModel

    /// ModelScope's API, with the same model.
    private static func answer(_ request: RawServer.Request) -> [RawServer.Step] {
        let model = "/api/v1/models/tiny-org/tiny.model/repo"
        if request.target == model + "/files?Revision=master&Recursive=true" {
            let entries = files.sorted { $0.key < $1.key }.map { name, content in
                let hash = FakeHub.hexadecimal(SHA256.hash(data: content))
                return
                    #"{"Path":"\#(name)","Name":"\#(name)","Type":"blob","Size":\#(content.count),"Sha256":"\#(hash)"}"#
            }
            let list = entries.joined(separator: ",")
            return FakeHub.json(
                #"{"Code":200,"Success":true,"Data":{"Files":[{"Path":"sub","Type":"tree"},\#(list)]}}"#)
        }
        let prefix = model + "?Revision=master&FilePath="
        if request.target.hasPrefix(prefix),
            let content = files[String(request.target.dropFirst(prefix.count))]
        {
            return FakeHub.content(request, content, "x-\(content.count)")
        }
        return FakeHub.json(#"{"Code":10010205001,"Success":false,"Message":"record not found"}"#)
    }

    private static func settings(_ port: Int, _ folder: TemporaryFolder, token: String = "") throws
        -> HubSettings
    {
        var settings = try HubSettings(environment: [
            "LMDEPLOY_USE_MODELSCOPE": "True", "MODELSCOPE_DOMAIN": "http://127.0.0.1:\(port)",
            "MODELSCOPE_CACHE": folder.path, "MODELSCOPE_API_TOKEN": token,
        ])
        settings.limits.segmentBytes = 64 << 10
        settings.limits.spareBytes = 0
        settings.limits.retrySeconds = 0.01
        return settings
    }

    private static func isComplete(_ path: String) -> Bool {
        FakeHub.chosen.allSatisfy {
            FileManager.default.contents(atPath: path + "/" + $0).map(Array.init) == files[$0]
        }
    }

    @Test
    func `a model is downloaded into the cache in ModelScope's layout`() throws {
        let folder = try TemporaryFolder()
        let server = try RawServer(Self.answer)
        defer { server.stop() }
        let client = HubClient(try Self.settings(server.port, folder, token: "ms-secret"))
        let reference = try ModelReference(parsing: "tiny-org/tiny.model")
        let path = try client.resolve(reference)
        #expect(path == folder.path("models/tiny-org--tiny.model/snapshots/master"))
        #expect(Self.isComplete(path))
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer ms-secret" })
        server.forgetRequests()
        #expect(try client.resolve(reference) == path)
        #expect(server.requests.isEmpty)
    }

    @Test
    func `a branch that moved is downloaded again where it changed`() throws {
        let folder = try TemporaryFolder()
        let server = try RawServer(Self.answer)
        defer { server.stop() }
        let client = HubClient(try Self.settings(server.port, folder))
        let reference = try ModelReference(parsing: "tiny-org/tiny.model")
        let path = try client.resolve(reference)
        let config = Self.files["config.json"] ?? []
        try folder.write(
            [UInt8](repeating: 0x20, count: config.count),
            to: "models/tiny-org--tiny.model/snapshots/master/config.json")
        _ = try client.resolve(reference, freshness: .latest)
        #expect(Self.isComplete(path))
    }

    @Test
    func `the folder of an earlier client is used further`() throws {
        let folder = try TemporaryFolder()
        let server = try RawServer(Self.answer)
        defer { server.stop() }
        try folder.write("{}", to: "models/tiny-org/tiny___model/tokenizer.json")
        let client = HubClient(try Self.settings(server.port, folder))
        let path = try client.resolve(try ModelReference(parsing: "tiny-org/tiny.model"))
        #expect(path == folder.path("models/tiny-org/tiny___model"))
        #expect(Self.isComplete(path))
    }

    @Test
    func `a model that does not exist is an error with the hub's own words`() throws {
        let folder = try TemporaryFolder()
        let server = try RawServer(Self.answer)
        defer { server.stop() }
        let client = HubClient(try Self.settings(server.port, folder))
        let error = try #require(throws: HubError.self) {
            try client.resolve(try ModelReference(parsing: "tiny-org/none"))
        }
        #expect(error.code == .modelNotFound)
        #expect(error.message.contains("record not found"))
    }
}
