/// A JSON value to be written. Objects keep the order of their members.
package enum JSONOutput: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONOutput])
    case object(JSONObjectOutput)

    /// The value in one line.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The value in one line, as UTF-8.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    /// A member of an object.
    package subscript(name: String) -> JSONOutput? {
        guard case .object(let object) = self else { return nil }
        return object.members.last { $0.name == name }?.value
    }
}

/// Members in the order in which they are written.
package struct JSONObjectOutput: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONOutput
    }

    package private(set) var members: [Member] = []

    package init() {}

    package mutating func append(_ name: String, _ value: JSONOutput) {
        members.append(Member(name: name, value: value))
    }
}

extension JSONOutput {
    /// Numbers as they are; those that JSON cannot write become the nearest that it can.
    package static func float(_ value: Float) -> JSONOutput {
        value.isFinite ? .number(Double("\(value)") ?? Double(value)) : .number(value > 0 ? 9999 : -9999)
    }

    package static func optional(_ text: String?) -> JSONOutput { text.map(JSONOutput.string) ?? .null }

    package static func tokens(_ ids: some Sequence<Int32>) -> JSONOutput {
        .array(ids.map { .integer(Int($0)) })
    }

    /// The object with more members behind its own; other values stay as they are.
    package func adding(_ members: KeyValuePairs<String, JSONOutput>) -> JSONOutput {
        guard case .object(var object) = self else { return self }
        for (name, value) in members { object.append(name, value) }
        return .object(object)
    }
}

// MARK: - Internals

extension JSONOutput {
    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .number(let value): bytes += (value.isFinite ? "\(value)" : "null").utf8
        case .string(let text): Self.write(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case 0..<0x20, 0x7F:
                bytes += (byte < 0x10 ? "\\u000" : "\\u00").utf8
                bytes += String(byte, radix: 16).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

// MARK: - Literals

extension JSONOutput: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(arrayLiteral elements: JSONOutput...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    package init(dictionaryLiteral elements: (String, JSONOutput)...) {
        var object = JSONObjectOutput()
        for (name, value) in elements { object.append(name, value) }
        self = .object(object)
    }
}
