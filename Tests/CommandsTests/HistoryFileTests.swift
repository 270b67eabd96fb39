import Commands
import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct HistoryFileTests {
    private func withFile(_ body: (HistoryFile) throws -> Void) rethrows {
        var template = Array("/tmp/lmdeploy-history-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        let path = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        close(descriptor)
        unlink(path)
        defer { unlink(path) }
        try body(HistoryFile(path: path))
    }

    @Test(arguments: ["plain", "two\nlines", "back\\slash", "\\n", "你好\n\n\\\\世界", "tab\there", ""])
    func entriesSurviveTheirLine(entry: String) {
        let line = HistoryFile.encode(entry)
        #expect(!line.contains("\n"))
        #expect(HistoryFile.decode(line) == entry)
    }

    @Test func whatIsAppendedIsLoaded() {
        withFile { file in
            #expect(file.load() == [])
            file.append("one\ntwo")
            file.append("three")
            #expect(file.load() == ["one\ntwo", "three"])
        }
    }

    @Test func theFileIsPrivate() throws {
        try withFile { file in
            file.append("secret")
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func aFileThatHasGrownIsCut() throws {
        try withFile { file in
            for index in 0..<2100 { file.append("\(index)") }
            #expect(file.load().count == 1000)
            #expect(file.load().first == "1100")
            file.append("last")
            #expect(file.load().last == "last")
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect((attributes[.size] as? Int ?? .max) < 6000)
        }
    }

    @Test func terminalCommandsInTheFileAreDisarmed() {
        #expect(HistoryFile.decode("a\u{1B}[2Jb") == "a[2Jb")
    }

    @Test func anUnwritablePlaceIsNoError() {
        let file = HistoryFile(path: "/nonexistent/folder/history")
        file.append("x")
        #expect(file.load() == [])
    }
}
