#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Access to the committed golden files in `Tests/Goldens` (described in its `SCHEMA.md`).
package enum GoldenFile {
    /// The folder `Tests/Goldens` of this checkout, without a trailing slash.
    package static let folder: String = {
        let source = URL(filePath: #filePath, directoryHint: .notDirectory).resolvingSymlinksInPath()
        let root = source.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return withoutTrailingSlash(root.appending(path: "Tests/Goldens").path)
    }()

    /// The absolute path of a golden, named relative to ``folder``.
    package static func path(_ name: String) -> String {
        folder + "/" + name
    }

    /// The bytes of a golden.
    package static func data(_ name: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(filePath: path(name), directoryHint: .notDirectory))
        } catch {
            throw GoldenError.unreadable(path: path(name), reason: String(describing: error))
        }
    }

    /// The text of a golden, which must be UTF-8.
    package static func text(_ name: String) throws -> String {
        guard let text = String(validating: try data(name), as: UTF8.self) else {
            throw GoldenError.unreadable(path: path(name), reason: "not UTF-8")
        }
        return text
    }

    /// A JSON golden, decoded.
    package static func json<Value: Decodable>(
        _ name: String, as type: Value.Type = Value.self
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: try data(name))
        } catch let error as DecodingError {
            throw GoldenError.unreadable(path: path(name), reason: String(describing: error))
        }
    }

    private static func withoutTrailingSlash(_ path: String) -> String {
        path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}

/// A golden file that is missing or does not have the shape its schema promises.
package enum GoldenError: Error, CustomStringConvertible {
    case unreadable(path: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "golden \(path): \(reason); regenerate it with tools/goldens/generate.py"
        }
    }
}
