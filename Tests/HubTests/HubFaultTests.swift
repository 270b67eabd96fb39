import Foundation
import Hub
import Synchronization
import TestSupport
import Testing

/// Downloads from a hub that fails, lies or attacks.
struct HubFaultTests {
    typealias Step = RawServer.Step

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// Nil when the download must succeed all the same.
        var code: HubError.Code?
        /// In the message.
        var says = ""
        let fault: FakeHub.Fault

        var testDescription: String { name }
    }

    private static func isLarge(_ request: RawServer.Request) -> Bool {
        request.path == "/cdn/" + FakeHub.large
    }

    /// Head and body of an answer.
    private static func parts(_ steps: [Step]) -> (head: [UInt8], body: [UInt8]) {
        guard case .send(let head)? = steps.first, case .send(let body)? = steps.last else { return ([], []) }
        return (head, body)
    }

    private static func list(_ text: String) -> FakeHub.Fault {
        { request, _, _ in request.path.contains("/tree/") ? FakeHub.json(text) : nil }
    }

    private static func named(_ name: String) -> FakeHub.Fault {
        list(#"[{"type":"file","oid":"x","size":1,"path":"\#(name)"}]"#)
    }

    private static func status(
        _ status: Int, _ headers: [(String, String)] = [], at part: String, times: Int = .max
    ) -> FakeHub.Fault {
        { request, number, _ in
            request.path.contains(part) && number <= times ? RawServer.answer(status, headers) : nil
        }
    }

    static let passing: [Case] = [
        Case(name: "the connection breaks in the middle of a file") { request, number, right in
            guard isLarge(request), number <= 4 else { return nil }
            let (head, body) = parts(right)
            return [.send(head), .send(Array(body.prefix(30_000))), .hangUp]
        },
        Case(name: "the connection breaks in the middle of a list") { request, number, right in
            guard request.path.contains("/tree/"), number == 1 else { return nil }
            return [.send(Array(parts(right).head)), .send([0x5B]), .hangUp]
        },
        Case(name: "no answer at all, once") { request, number, _ in
            number == 1 ? [.hangUp] : nil
        },
        Case(name: "a file is announced longer than it comes, once") { request, number, right in
            guard request.path.hasSuffix("/config.json"), number == 1 else { return nil }
            return RawServer.answer(200, [], parts(right).body, length: 1000) + [.hangUp]
        },
        Case(name: "a file is announced shorter than it is, once") { request, number, right in
            guard request.path.hasSuffix("/config.json"), number == 1 else { return nil }
            return RawServer.answer(200, [], parts(right).body, length: 5)
        },
        Case(name: "a part comes longer than it should, once") { request, number, right in
            guard isLarge(request), number == 1 else { return nil }
            let (head, body) = parts(right)
            let text = String(decoding: head, as: UTF8.self)
                .replacing("Content-Length: \(body.count)", with: "Content-Length: \(body.count + 9)")
            return [.send(Array(text.utf8)), .send(body + [1, 2, 3, 4, 5, 6, 7, 8, 9])]
        },
        Case(
            name: "too many requests, with a time to wait",
            fault: status(
                429, [("Retry-After", "1")], at: "/tree/", times: 1)),
        Case(name: "internal errors, twice", fault: status(500, at: "/tree/", times: 2)),
        Case(name: "unavailable files, twice", fault: status(503, at: "/cdn/", times: 2)),
        Case(name: "an expired signature", fault: status(403, at: "/cdn/", times: 1)),
        Case(name: "silence, once") { request, number, right in
            guard isLarge(request), number == 1 else { return nil }
            let (head, body) = parts(right)
            return [.send(head), .send(Array(body.prefix(100))), .pause(seconds: 1.5), .hangUp]
        },
        Case(name: "ranges are ignored") { request, _, right in
            guard isLarge(request) else { return nil }
            return RawServer.answer(200, [("ETag", "\"whole\"")], FakeHub.tinyModel[FakeHub.large] ?? [])
        },
        Case(name: "damaged bytes, once") { request, number, right in
            guard isLarge(request), number == 1 else { return nil }
            let (head, body) = parts(right)
            return [.send(head), .send(body.map { $0 ^ 1 })]
        },
        Case(name: "the ETag changes once") { request, number, right in
            guard isLarge(request), number >= 3 else { return nil }
            let text = String(decoding: parts(right).head, as: UTF8.self)
                .replacing("store-250000", with: "other")
            let isStale = request.headers["if-range"].map { $0 != "\"other\"" } ?? false
            let whole = FakeHub.tinyModel[FakeHub.large] ?? []
            return isStale
                ? RawServer.answer(200, [("ETag", "\"other\"")], whole)
                : [.send(Array(text.utf8)), .send(parts(right).body)]
        },
        Case(name: "a relative redirect") { request, _, _ in
            guard request.path.hasSuffix("/resolve/\(FakeHub.commit)/config.json") else { return nil }
            return RawServer.answer(307, [("Location", "../../../../moved/config.json?x=1")])
        },
    ]

    static let failing: [Case] = [
        Case(name: "a private model", code: .unauthorized, says: "HF_TOKEN", fault: status(401, at: "/api/")),
        Case(
            name: "a model that does not exist, to a stranger", code: .modelNotFound,
            says: "check the spelling",
            fault: status(401, [("X-Error-Code", "RepoNotFound")], at: "/api/")),
        Case(
            name: "a model that does not exist", code: .modelNotFound, says: "check the spelling",
            fault: status(404, [("X-Error-Code", "RepoNotFound")], at: "/api/")),
        Case(
            name: "a gated model", code: .gated, says: "/tiny-org/tiny-model, then set HF_TOKEN",
            fault: status(403, [("X-Error-Code", "GatedRepo")], at: "/resolve/")),
        Case(
            name: "a revision that does not exist", code: .revisionNotFound, says: "'main'",
            fault: status(404, [("X-Error-Code", "RevisionNotFound")], at: "/revision/")),
        Case(
            name: "a file that is gone", code: .fileNotFound, says: "'config.json'",
            fault: status(404, [("X-Error-Code", "EntryNotFound")], at: "/config.json")),
        Case(
            name: "too many requests for long", code: .rateLimited, says: "too many requests",
            fault: status(429, [("Retry-After", "3600")], at: "/api/")),
        Case(
            name: "internal errors for long", code: .serverFailed, says: "status 500",
            fault: status(500, at: "/api/")),
        Case(
            name: "a file without end of errors", code: .serverFailed, says: "status 502",
            fault: status(502, at: "/cdn/")),
        Case(name: "silence for long", code: .unreachable, says: "fell silent") { request, _, _ in
            request.path.contains("/tree/") ? [.pause(seconds: 0.8), .hangUp] : nil
        },
        Case(name: "damaged bytes always", code: .wrongContent, says: "SHA-256") { request, _, right in
            guard isLarge(request) else { return nil }
            let (head, body) = parts(right)
            return [.send(head), .send(body.map { $0 ^ 1 })]
        },
        Case(name: "a small file damaged always", code: .wrongContent, says: "git hash") {
            request, _, right in
            guard request.path.hasSuffix("/config.json") else { return nil }
            let (head, body) = parts(right)
            return [.send(head), .send(body.map { $0 ^ 1 })]
        },
        Case(name: "always another length", code: .wrongContent, says: "bytes") { request, _, _ in
            request.path.hasSuffix("/config.json") ? RawServer.answer(200, [], [1, 2, 3]) : nil
        },
        Case(name: "other content than the list says", code: .badResponse, says: "its list says") {
            request, _, right in
            guard request.path.hasSuffix("/config.json") else { return nil }
            let tag = String(repeating: "a", count: 40)
            return RawServer.answer(200, [("ETag", "\"\(tag)\"")], parts(right).body)
        },
        Case(name: "another part than was asked for", code: .badResponse, says: "another part") {
            request, _, right in
            guard isLarge(request) else { return nil }
            let (head, body) = parts(right)
            let text = String(decoding: head, as: UTF8.self).replacing("bytes ", with: "bytes 1")
            return [.send(Array(text.utf8)), .send(body)]
        },
        Case(name: "redirects without end", code: .badResponse, says: "redirects more than") {
            request, _, _ in
            request.path.contains("/tree/") ? RawServer.answer(302, [("Location", request.target)]) : nil
        },
        Case(name: "a redirect to nowhere", code: .badResponse, says: "no address") { request, _, _ in
            request.path.contains("/tree/") ? RawServer.answer(302, [("Location", "ftp://x/y")]) : nil
        },
        Case(name: "pages without end", code: .badResponse, says: "does not end") { request, _, _ in
            guard request.path.contains("/tree/") else { return nil }
            return FakeHub.json("[]", [("Link", "<\(request.target)>; rel=\"next\"")])
        },
        Case(
            name: "a list too long", code: .badResponse, says: "files: refused",
            fault: list(
                "["
                    + (0...2000).map { #"{"type":"file","oid":"","size":1,"path":"f\#($0)"}"# }
                    .joined(separator: ",") + "]")),
        Case(
            name: "a list of too many bytes", code: .badResponse, says: "MiB: refused",
            fault: list(
                "[" + String(repeating: " ", count: 1 << 20) + "]")),
        Case(name: "a commit that is none", code: .badResponse, says: "no hash") { request, _, _ in
            request.path.contains("/revision/") ? FakeHub.json(#"{"sha":"../../x"}"#) : nil
        },
        Case(name: "an absolute name", code: .badResponse, says: "refused", fault: named("/etc/passwd")),
        Case(name: "a name that climbs", code: .badResponse, says: "refused", fault: named("a/../../b.json")),
        Case(name: "a name with a backslash", code: .badResponse, says: "refused", fault: named("a\\\\b")),
        Case(name: "a name with a zero", code: .badResponse, says: "refused", fault: named("a\\u0000b")),
        Case(name: "an empty name", code: .badResponse, says: "refused", fault: named("")),
        Case(
            name: "a name twice", code: .badResponse, says: "twice",
            fault: list(
                #"[{"type":"file","oid":"","size":1,"path":"a"},{"type":"file","oid":"","size":1,"path":"a"}]"#
            )),
        Case(
            name: "a negative length", code: .badResponse, says: "refused",
            fault: list(
                #"[{"type":"file","oid":"","size":-1,"path":"a"}]"#)),
        Case(name: "no JSON", code: .badResponse, says: "did not answer with a list") { request, _, _ in
            RawServer.answer(200, [], Array("<html>".utf8))
        },
        Case(
            name: "files for no model", code: .noModelFiles, says: "is it a model?",
            fault: list(
                #"[{"type":"file","oid":"","size":1,"path":"cat.png"}]"#)),
        Case(
            name: "more than the disk holds", code: .diskFull, says: "MiB",
            fault: list(
                #"[{"type":"file","oid":"\#(FakeHub.commit)","size":30000000000000,"path":"a.safetensors"}]"#)
        ),
    ]

    @Test(arguments: passing)
    func `what passes is overcome`(_ test: Case) throws {
        let hub = try FakeHub(fault: Self.withMoved(test.fault))
        _ = try hub.resolve()
        for name in FakeHub.chosen { #expect(hub.has(name), "\(name)") }
        #expect(hub.blobs.partial.isEmpty)
    }

    @Test(arguments: failing)
    func `what stays is an error that says what to do`(_ test: Case) throws {
        let hub = try FakeHub(fault: test.fault)
        var settings = try hub.settings()
        settings.limits.listBytes = 1 << 20
        settings.limits.listFiles = 1000
        settings.limits.listPages = 20
        let start = ContinuousClock.now
        let error = try #require(throws: HubError.self) {
            try HubClient(settings).resolve(ModelReference(parsing: FakeHub.identifier))
        }
        #expect(error.code == test.code, "\(error)")
        #expect(error.message.contains(test.says), "\(error)")
        #expect(!error.message.contains("\n"))
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(!hub.folder.exists("hub/models--tiny-org--tiny-model/refs/main"))
        if test.code == .wrongContent {
            let name = try #require(FakeHub.chosen.first { error.message.contains("'\($0)'") })
            let tag = FakeHub.tag(name, hub.files[name] ?? [])
            #expect(!(hub.blobs.partial + hub.blobs.finished).contains { $0.hasPrefix(tag) })
        }
    }

    /// Where the relative redirect leads.
    private static func withMoved(_ fault: @escaping FakeHub.Fault) -> FakeHub.Fault {
        { request, number, right in
            if request.path == "/moved/config.json" {
                let content = FakeHub.tinyModel["config.json"] ?? []
                return FakeHub.content(request, content, FakeHub.tag("config.json", content))
            }
            return fault(request, number, right)
        }
    }

    @Test
    func `a hub that is not there is an error with the address`() throws {
        let hub = try FakeHub()
        hub.server.stop()
        let error = try #require(throws: HubError.self) { try hub.resolve() }
        #expect(error.code == .unreachable)
        #expect(error.message.contains("127.0.0.1"))
    }

    @Test
    func `an unknown revision does not hide what is in the cache`() throws {
        let hub = try FakeHub()
        _ = try hub.resolve()
        let error = try #require(throws: HubError.self) { try hub.resolve(FakeHub.identifier + "@v2") }
        #expect(error.code == .revisionNotFound)
        #expect(FakeHub.chosen.allSatisfy(hub.has))
    }

    @Test
    func `offline, what is not in the cache is not asked for`() throws {
        let hub = try FakeHub()
        let error = try #require(throws: HubError.self) {
            try hub.resolve(variables: ["HF_HUB_OFFLINE": "yes"])
        }
        #expect(error.code == .notCached)
        #expect(hub.requests.isEmpty)
    }

    @Test
    func `a missing file is remembered as huggingface_hub does`() throws {
        let hub = try FakeHub(
            fault: Self.status(404, [("X-Error-Code", "EntryNotFound")], at: "/config.json"))
        #expect(throws: HubError.self) { try hub.resolve() }
        #expect(
            hub.folder.exists("hub/models--tiny-org--tiny-model/.no_exist/\(FakeHub.commit)/config.json"))
    }

    @Test
    func `a folder that cannot be written is an error with its path`() throws {
        let hub = try FakeHub()
        try hub.folder.write("in the way", to: "hub")
        let error = try #require(throws: HubError.self) { try hub.resolve() }
        #expect(error.code == .cacheNotWritable)
        #expect(error.message.contains(hub.cacheFolder))
    }
}
