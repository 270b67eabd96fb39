internal import Tensors

/// A file of `key = value` lines in sections, as Python's configparser writes them.
///
/// Keys do not depend on case. Lines that begin with `#` or `;` are comments.
struct INIFile {
    struct Entry: Equatable {
        /// In lower case.
        let key: String
        let value: String
        let section: String
        /// From 1 on.
        let line: Int
    }

    let path: String
    let entries: [Entry]

    /// Far above what people write, and small enough to be read at once.
    private static let maximumBytes = 1 << 20

    init(_ path: String) throws(CheckpointError) {
        let file = try MappedFile.open(path)
        guard file.byteCount <= Self.maximumBytes else {
            throw CheckpointError(
                .malformed,
                "\(path) has \(file.byteCount) bytes, expected at most \(Self.maximumBytes): this is no "
                    + "config.ini, convert the model again")
        }
        guard let text = file.withBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw CheckpointError(.malformed, "\(path) is not valid UTF-8: save it as UTF-8")
        }
        try self.init(path: path, text: text)
    }

    init(path: String, text: String) throws(CheckpointError) {
        self.path = path
        var entries: [Entry] = []
        var section: String?
        var lineOfKey: [String: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let text = Self.trimmed(line)
            guard let first = text.first, first != "#", first != ";" else { continue }
            let number = index + 1
            func malformed(_ expected: String) -> CheckpointError {
                CheckpointError(
                    .malformed, "\(path) line \(number): found \(quoted(String(text))), expected \(expected)")
            }
            if first == "[" {
                guard text.hasSuffix("]") else { throw malformed("a section such as [llama]") }
                section = String(Self.trimmed(text.dropFirst().dropLast()))
                continue
            }
            guard let separator = text.firstIndex(where: { $0 == "=" || $0 == ":" }),
                separator != text.startIndex
            else { throw malformed("'key = value'") }
            guard let section else { throw malformed("a section such as [llama] before the first key") }
            let key = Self.trimmed(text[..<separator]).lowercased()
            if let other = lineOfKey.updateValue(number, forKey: section + "\n" + key) {
                throw CheckpointError(
                    .malformed,
                    "\(path) line \(number): the key \(quoted(key)) is there a second time, after line "
                        + "\(other): keep one")
            }
            let value = Self.trimmed(text[text.index(after: separator)...])
            entries.append(Entry(key: key, value: String(value), section: section, line: number))
        }
        self.entries = entries
    }

    /// An error about an entry's value.
    func invalid(_ entry: Entry, expected: String) -> CheckpointError {
        CheckpointError(
            .invalidField,
            "\(path) line \(entry.line): \(entry.key) is \(quoted(entry.value)), expected \(expected)")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
