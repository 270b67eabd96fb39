/// Turns the bytes a terminal sends into keys.
///
/// Characters and escape sequences may be cut anywhere between reads.
package struct KeyDecoder {
    private enum State {
        case ground
        case character(bytes: [UInt8], length: Int)
        case escape
        case controlSequence(parameters: [UInt8])
        case functionKey
        case paste
    }

    private var state = State.ground
    private var pasted: [UInt8] = []

    /// Most bytes kept of one paste; no model holds a longer prompt.
    private static let maximumPasteBytes = 4 << 20
    /// Longer control sequences are no keys.
    private static let maximumParameterBytes = 32
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    package init() {}

    /// The keys that `bytes` complete.
    package mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
        var keys: [Key] = []
        for byte in bytes {
            guard let key = consume(byte) else { continue }
            if case .text(let new) = key, case .text(let before)? = keys.last {
                keys[keys.count - 1] = .text(before + new)
            } else {
                keys.append(key)
            }
        }
        return keys
    }
}

// MARK: - Internals

extension KeyDecoder {
    private mutating func consume(_ byte: UInt8) -> Key? {
        switch state {
        case .ground:
            return begin(byte)
        case .character(var bytes, let length):
            guard byte & 0xC0 == 0x80 else { return begin(byte) }
            bytes.append(byte)
            guard bytes.count == length else {
                state = .character(bytes: bytes, length: length)
                return nil
            }
            state = .ground
            return String(validating: bytes, as: UTF8.self).map(Key.text)
        case .escape:
            return afterEscape(byte)
        case .controlSequence(let parameters):
            return controlSequence(parameters, byte)
        case .functionKey:
            state = .ground
            return Self.cursorKey(final: byte, modified: false)
        case .paste:
            return collectPaste(byte)
        }
    }

    private mutating func begin(_ byte: UInt8) -> Key? {
        state = .ground
        switch byte {
        case 0x1B:
            state = .escape
            return nil
        case 0x00..<0x20, 0x7F:
            return Self.controlKey(byte)
        case 0x20..<0x7F:
            return .text(String(UnicodeScalar(byte)))
        case 0xC2...0xDF:
            state = .character(bytes: [byte], length: 2)
        case 0xE0...0xEF:
            state = .character(bytes: [byte], length: 3)
        case 0xF0...0xF4:
            state = .character(bytes: [byte], length: 4)
        default:
            break
        }
        return nil
    }

    private static func controlKey(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .interrupt
        case 0x04: .endOfInput
        case 0x05: .end
        case 0x06: .right
        case 0x08, 0x7F: .backspace
        case 0x09: .text("\t")
        case 0x0A, 0x0D: .enter
        case 0x0B: .killToLineEnd
        case 0x0C: .clearScreen
        case 0x0E: .down
        case 0x10: .up
        case 0x15: .killToLineStart
        case 0x17: .killWord
        case 0x1A: .suspend
        default: nil
        }
    }

    private mutating func afterEscape(_ byte: UInt8) -> Key? {
        state = .ground
        switch byte {
        case UInt8(ascii: "["):
            state = .controlSequence(parameters: [])
            return nil
        case UInt8(ascii: "O"):
            state = .functionKey
            return nil
        case UInt8(ascii: "b"): return .wordLeft
        case UInt8(ascii: "f"): return .wordRight
        case 0x08, 0x7F: return .killWord
        case 0x1B:
            state = .escape
            return nil
        // A lone Escape means nothing here, so a control key or a character after it stands for itself.
        case 0x00..<0x20, 0x80...0xFF: return begin(byte)
        default: return nil
        }
    }

    private mutating func controlSequence(_ parameters: [UInt8], _ byte: UInt8) -> Key? {
        switch byte {
        case 0x20...0x3F:
            state = .controlSequence(parameters: parameters.prefix(Self.maximumParameterBytes) + [byte])
            return nil
        case 0x40...0x7E:
            state = .ground
            return endControlSequence(String(decoding: parameters, as: UTF8.self), final: byte)
        default:
            return begin(byte)
        }
    }

    private mutating func endControlSequence(_ parameters: String, final: UInt8) -> Key? {
        guard final == UInt8(ascii: "~") else {
            return Self.cursorKey(final: final, modified: parameters.contains(";"))
        }
        switch parameters.prefix(while: { $0 != ";" }) {
        case "1", "7": return .home
        case "3": return .deleteForward
        case "4", "8": return .end
        case "200":
            state = .paste
            pasted = []
            return nil
        default: return nil
        }
    }

    /// - Parameter modified: with Ctrl, Alt or Shift held: left and right then go by words.
    private static func cursorKey(final: UInt8, modified: Bool) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): modified ? .wordRight : .right
        case UInt8(ascii: "D"): modified ? .wordLeft : .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        default: nil
        }
    }

    private mutating func collectPaste(_ byte: UInt8) -> Key? {
        pasted.append(byte)
        // What is too much goes before the last bytes, which may be the terminator.
        if pasted.count > Self.maximumPasteBytes + Self.pasteEnd.count {
            pasted.remove(at: Self.maximumPasteBytes)
        }
        if byte == Self.pasteEnd.last, pasted.suffix(Self.pasteEnd.count).elementsEqual(Self.pasteEnd) {
            let text = String(decoding: pasted.dropLast(Self.pasteEnd.count), as: UTF8.self)
            pasted = []
            state = .ground
            return .paste(text.printable())
        }
        return nil
    }
}
