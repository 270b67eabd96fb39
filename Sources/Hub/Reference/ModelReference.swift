/// A model on a hub: `ORG/NAME[@REVISION][:FILE]`.
package struct ModelReference: Sendable, Equatable {
    /// "ORG/NAME".
    package let identifier: String
    /// A branch, a tag or a commit; nil for the hub's default.
    package var revision: String?
    /// The one file to take, or a part of its name such as "Q4_K_M" that no other file has.
    package let file: String?

    package init(identifier: String, revision: String? = nil, file: String? = nil) {
        self.identifier = identifier
        self.revision = revision
        self.file = file
    }

    /// The last part of the identifier.
    package var name: String {
        identifier.split(separator: "/").last.map(String.init) ?? identifier
    }

    /// Whether `text` has the form of a reference, rather than of a path.
    package static func isReference(_ text: String) -> Bool {
        (try? ModelReference(parsing: text)) != nil
    }

    /// Reads `ORG/NAME[@REVISION][:FILE]`.
    package init(parsing text: String) throws(HubError) {
        guard let slash = text.firstIndex(of: "/") else { throw Self.malformed(text) }
        let rest = text[text.index(after: slash)...]
        let nameEnd = rest.firstIndex { $0 == "@" || $0 == ":" } ?? rest.endIndex
        identifier = String(text[..<nameEnd])
        guard Self.isIdentifier(identifier) else { throw Self.malformed(text) }
        var suffix = rest[nameEnd...]
        if suffix.first == "@" {
            let end = suffix.firstIndex(of: ":") ?? suffix.endIndex
            let found = String(suffix[suffix.index(after: suffix.startIndex)..<end])
            try Self.checkRevision(found)
            revision = found
            suffix = suffix[end...]
        } else {
            revision = nil
        }
        if suffix.first == ":" {
            let found = String(suffix.dropFirst())
            guard SafePath.isSafe(found) else { throw Self.malformed(text) }
            file = found
        } else {
            file = nil
        }
    }

    /// Refuses what cannot name a revision; it becomes a part of paths and addresses.
    package static func checkRevision(_ revision: String) throws(HubError) {
        let allowed = revision.utf8.allSatisfy {
            ModelReference.isNameByte($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "+")
        }
        guard allowed, revision.utf8.count <= 200, SafePath.isSafe(revision) else {
            throw HubError(
                .invalidReference,
                "the revision \(revision.quotedForMessage) is not the name of a branch, a tag or a commit")
        }
    }

    // MARK: - Internals

    private static let longestPart = 96
    /// What a file is called, which nobody calls a model.
    private static let fileExtensions = [".gguf", ".safetensors", ".bin", ".pth", ".json", ".txt"]

    private static func isIdentifier(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !fileExtensions.contains(where: text.lowercased().hasSuffix) else {
            return false
        }
        return parts.allSatisfy { part in
            guard (1...longestPart).contains(part.utf8.count), part.utf8.allSatisfy(isNameByte) else {
                return false
            }
            let edges = [part.first, part.last]
            return !edges.contains("-") && !edges.contains(".") && !part.contains("--")
                && !part.contains("..")
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func malformed(_ text: String) -> HubError {
        HubError(
            .invalidReference,
            "\(text.quotedForMessage) does not name a model on a hub: expected ORG/NAME, ORG/NAME@REVISION or "
                + "ORG/NAME:FILE")
    }
}
