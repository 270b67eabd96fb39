/// JSON texts in which a few bytes of the file become a value of their own.
package struct HostileJSON: Sendable, Codable, CustomStringConvertible {
    package let opening: String
    package let piece: String
    package let closing: String

    package init(_ opening: String, _ piece: String, _ closing: String) {
        (self.opening, self.piece, self.closing) = (opening, piece, closing)
    }

    package var description: String { opening + piece + "…" + closing }

    /// Lists, objects, strings and nesting of the shortest values there are.
    package static let smallestValues = [
        HostileJSON("[", "0,", "0]"), HostileJSON("[", "1e9,", "0]"), HostileJSON("[", "\"\",", "0]"),
        HostileJSON("[", "[],", "0]"), HostileJSON("[", "{},", "0]"), HostileJSON("[", "[0],", "0]"),
        HostileJSON("[", "{\"\":0},", "0]"), HostileJSON("[", "\"\",", "\"\"]"),
        HostileJSON("{", "\"\":0,", "\"a\":0}"), HostileJSON("\"", "\\n", "\""), HostileJSON("", "[", ""),
    ]

    /// The text with about `byteCount` bytes, between two others.
    package func text(_ byteCount: Int, before: String = "", after: String = "") -> [UInt8] {
        let piece = Array(piece.utf8)
        var bytes = Array((before + opening).utf8)
        bytes.reserveCapacity(byteCount + 256)
        while bytes.count < byteCount { bytes += piece }
        return bytes + (closing + after).utf8
    }

    /// A text of about `byteCount` bytes from pieces that are told apart by their numbers.
    package static func text(
        _ byteCount: Int, before: String, after: String, _ piece: (Int) -> String
    ) -> [UInt8] {
        var bytes = Array(before.utf8)
        bytes.reserveCapacity(byteCount + 256)
        var index = 0
        while bytes.count < byteCount {
            bytes += piece(index).utf8
            index += 1
        }
        return bytes + after.utf8
    }

    /// What is printable without quotation marks and backslashes.
    private static let alphabet = (UInt8(0x23)...0x7E).filter { $0 != 0x5C }

    /// A name that no other number has, in as few bytes as JSON text allows without escapes.
    package static func name(_ number: Int) -> String {
        var name: [UInt8] = []
        var rest = number
        repeat {
            name.append(alphabet[rest % alphabet.count])
            rest /= alphabet.count
        } while rest > 0
        return String(decoding: name, as: UTF8.self)
    }
}
