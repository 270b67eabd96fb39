/// Why a checkpoint cannot be used, as one line: file, tensor or field, found, expected, what to do.
package struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The path, or a file that a model folder must have, does not exist.
        case missingFile
        /// The operating system refused to read the file.
        case unreadable
        /// The operating system refused to write the file, or something stands in its place.
        case unwritable
        /// The file ends before the data that it announces.
        case truncated
        /// The file breaks its format's rules.
        case malformed
        /// The file is valid, but uses something this program does not implement.
        case unsupported
        /// A required field is absent.
        case missingField
        /// A field has the wrong type or a value that makes no sense.
        case invalidField
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

/// Text that came from a file, made safe for a one-line message: quoted, control characters replaced, long
/// text cut.
func quoted(_ text: String, limit: Int = 80) -> String {
    var result = "'"
    for scalar in text.unicodeScalars.prefix(limit) {
        let isSafe = !unsafeCategories.contains(scalar.properties.generalCategory)
        result.unicodeScalars.append(isSafe ? scalar : "\u{FFFD}")
    }
    return result + (text.unicodeScalars.count > limit ? "…'" : "'")
}

/// What could end a line, hide text, or drive a terminal.
private let unsafeCategories: Set<Unicode.GeneralCategory> = [
    .control, .format, .lineSeparator, .paragraphSeparator, .surrogate,
]
