internal import CWebPages
internal import Testing

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A file of the web pages as the program holds it.
struct EmbeddedFile: Sendable, CustomTestStringConvertible {
    let path: String
    let contentType: String
    let bytes: [UInt8]
    let digest: UInt64

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var testDescription: String { path }

    static let all = (0..<lmw_file_count()).compactMap { lmw_file_at($0) }.map(EmbeddedFile.init)

    static func named(_ suffix: String) -> [EmbeddedFile] { all.filter { $0.path.hasSuffix(suffix) } }

    init(_ file: UnsafePointer<lmw_file>) {
        path = String(cString: file.pointee.path)
        contentType = String(cString: file.pointee.content_type)
        // SAFETY: the bytes are constants of the program, and there are `length` of them.
        bytes = Array(UnsafeBufferPointer(start: file.pointee.bytes, count: file.pointee.length))
        digest = lmw_file_digest(file)
    }
}

/// The files as they lie in the checkout, by the path they are served at.
enum SourceFiles {
    static let folder: String = {
        let source = URL(filePath: #filePath, directoryHint: .notDirectory).resolvingSymlinksInPath()
        let root = source.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return root.appending(path: "Sources/CWebPages/pages", directoryHint: .isDirectory).path
    }()

    static func paths() throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name.contains(".") {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            let pages = ["chat.html": "/ui", "explorer.html": "/"]
            found[pages[name] ?? "/" + name] = Array(data)
        }
        return found
    }
}
