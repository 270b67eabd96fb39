internal import CWebPages
import Testing

/// What can be said of the pages without a browser.
@Suite struct WebPagesTests {
    @Test func everyFileOfTheFolderIsInTheProgramByteForByte() throws {
        let sources = try SourceFiles.paths()
        #expect(sources.count > 30)
        #expect(Set(EmbeddedFile.all.map(\.path)) == Set(sources.keys))
        for file in EmbeddedFile.all { #expect(file.bytes == sources[file.path], "\(file.path)") }
    }

    @Test func filesAreFoundByTheirExactPath() throws {
        for file in EmbeddedFile.all {
            let found = try #require(lmw_file_with_path(file.path))
            #expect(String(cString: found.pointee.path) == file.path)
        }
        for path in ["", "/UI", "/ui/", "/assets", "/assets/", "/assets/../ui", "assets/theme.js", "/ui?x"] {
            #expect(lmw_file_with_path(path) == nil, "\(path)")
        }
        #expect(lmw_file_at(lmw_file_count()) == nil)
    }

    @Test func digestsAreFNV1aAndTellFilesApart() {
        for file in EmbeddedFile.all {
            let expected = file.bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { digest, byte in
                (digest ^ UInt64(byte)) &* 0x100_0000_01b3
            }
            #expect(file.digest == expected, "\(file.path)")
        }
        #expect(Set(EmbeddedFile.all.map(\.digest)).count == EmbeddedFile.all.count)
    }

    @Test(arguments: EmbeddedFile.all)
    func contentTypesFollowTheName(_ file: EmbeddedFile) {
        let types = [
            ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
            ".svg": "image/svg+xml",
        ]
        let expected = types.first { file.path.hasSuffix($0.key) }?.value ?? "text/html; charset=utf-8"
        #expect(file.contentType == expected)
    }

    @Test(arguments: ["/", "/ui"])
    func pagesHaveNothingThatThePolicyForbids(_ path: String) throws {
        let page = try #require(EmbeddedFile.all.first { $0.path == path }).text
        for inline in [/<script(?![^>]*\ssrc=)[^>]*>/, /<style[^>]*>/, /\sstyle=/, /\son[a-z]+=/] {
            let found = page.matches(of: inline).map { String($0.output) }
            #expect(found == [])
        }
    }

    @Test(arguments: EmbeddedFile.all)
    func nothingIsFetchedFromElsewhere(_ file: EmbeddedFile) {
        let addresses = file.text.matches(of: /https?:\/\/[A-Za-z0-9][^"'\s)]*/).map { String($0.output) }
        #expect(addresses.allSatisfy { $0 == "http://www.w3.org/2000/svg" }, "\(addresses)")
        let imports = file.text.matches(of: /@import|\burl\(/).map { String($0.output) }
        #expect(imports == [])
    }

    @Test(arguments: EmbeddedFile.named(".js"))
    func scriptsParseNoMarkupAndNoCode(_ file: EmbeddedFile) {
        let forbidden = [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
        ]
        #expect(forbidden.filter(file.text.contains) == [])
    }

    @Test func everyReferenceLeadsToAFile() throws {
        let paths = Set(EmbeddedFile.all.map(\.path))
        for page in EmbeddedFile.all where ["/", "/ui"].contains(page.path) {
            let references = page.text.matches(of: /(?:src|href)="(assets\/[^"]+)"/).map { "/" + $0.output.1 }
            #expect(references.count > 4)
            for reference in references { #expect(paths.contains(reference), "\(page.path): \(reference)") }
        }
        for script in EmbeddedFile.named(".js") {
            for match in script.text.matches(of: /from "([^"]+)"/) {
                let target = resolved(String(match.output.1), from: script.path)
                #expect(paths.contains(target), "\(script.path): \(target)")
            }
        }
    }

    @Test(arguments: ["chat", "explorer"])
    func bothLanguagesHaveTheSameTextsAndAllThatAreUsed(_ name: String) throws {
        let texts = try #require(EmbeddedFile.all.first { $0.path == "/assets/\(name)/texts.js" }).text
        let halves = texts.split(separator: "\n    zh: {", maxSplits: 1)
        #expect(halves.count == 2)
        let english = keys(String(halves[0]))
        #expect(english == keys(String(halves[1])))
        #expect(english.count > 30)

        let page = try #require(EmbeddedFile.all.first { $0.path == (name == "chat" ? "/ui" : "/") }).text
        let inPage = page.matches(of: /data-(?:text|label|placeholder)="(\w+)"/).map { String($0.output.1) }
        let scripts = EmbeddedFile.named(".js").filter {
            $0.path.contains("/\(name)/") || $0.path.hasSuffix("/markdown-view.js")
        }
        let inScripts = scripts.flatMap { script in
            script.text.matches(of: /\btext\("(\w+)"/).map { String($0.output.1) }
        }
        #expect(inScripts.count > 15)
        for key in inPage + inScripts { #expect(english.contains(key), "\(key)") }
    }

    // MARK: - Internals

    private func keys(_ texts: String) -> Set<String> {
        Set(texts.matches(of: /(?:^|[{,])\s*(\w+): "/.anchorsMatchLineEndings()).map { String($0.output.1) })
    }

    /// A relative address as a browser resolves it.
    private func resolved(_ reference: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in reference.split(separator: "/") {
            if part == ".." { parts.removeLast() } else if part != "." { parts.append(String(part)) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
