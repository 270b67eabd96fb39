import Foundation
import SessionStore
import TestSupport
import Testing

@Suite struct SessionStoreTests {
    private func session(_ id: UInt64, _ texts: String...) -> StoredSession {
        StoredSession(
            id: id, messages: texts.map { .init(role: "user", content: $0) }, tokens: [1, -2, .max, .min])
    }

    @Test func whatWasSavedIsThereAfterReopening() throws {
        let folder = try TemporaryFolder()
        let sessions = [session(1, "héllo 你好 \u{0} 👩‍👩‍👧"), session(.max), session(7, "a", "b")]
        do {
            let store = try SessionStore(folder: folder.path("deep/er"))
            for session in sessions { try store.save(session) }
        }
        let store = try SessionStore(folder: folder.path("deep/er"))
        #expect(try store.load() == sessions.reversed())
    }

    @Test func savingAgainReplacesAndComesFirst() throws {
        let folder = try TemporaryFolder()
        let store = try SessionStore(folder: folder.path)
        try store.save(session(1, "one"))
        try store.save(session(2, "two"))
        try store.save(session(1, "one", "more"))
        #expect(try store.load() == [session(1, "one", "more"), session(2, "two")])
        try store.remove(1)
        try store.remove(99)
        #expect(try store.load() == [session(2, "two")])
    }

    @Test func twoStoresShareAFolder() throws {
        let folder = try TemporaryFolder()
        let first = try SessionStore(folder: folder.path)
        let second = try SessionStore(folder: folder.path)
        try first.save(session(1, "one"))
        try second.save(session(2, "two"))
        #expect(try first.load().count == 2)
    }

    @Test func onlyTheOwnerReadsTheFolder() throws {
        let folder = try TemporaryFolder()
        _ = try SessionStore(folder: folder.path("private"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("private"))
        #expect((attributes[.posixPermissions] as? Int) == 0o700)
    }

    @Test func aFileInTheWayIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.write("text", to: "file")
        let error = #expect(throws: SessionStoreError.self) {
            try SessionStore(folder: folder.path("file"))
        }
        #expect("\(try #require(error))".contains("--session-store"))
    }

    @Test func aDatabaseOfSomethingElseIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: "not a database ", count: 400), to: "sessions.sqlite")
        #expect(throws: SessionStoreError.self) { try SessionStore(folder: folder.path) }
    }
}
