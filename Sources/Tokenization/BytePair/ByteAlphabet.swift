/// The printable stand-ins of GPT-2 style vocabularies: every byte is written as one scalar, printable
/// Latin-1 as itself and the other 68 bytes, in order, as U+0100...U+0143.
enum ByteAlphabet {
    private static let firstStandIn: UInt32 = 0x100
    private static let unprintable: [UInt8] = (UInt8.min...UInt8.max).filter { !isPrintable($0) }

    private static func isPrintable(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
        default: false
        }
    }

    private static let standIns: [UInt32] = {
        var next = firstStandIn
        return (UInt8.min...UInt8.max).map { byte in
            if isPrintable(byte) { return UInt32(byte) }
            next += 1
            return next - 1
        }
    }()

    /// The stand-ins of all bytes.
    static func text(for bytes: some Collection<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + bytes.count / 4)
        for byte in bytes { text.append(scalar: standIns[Int(byte)]) }
        return text
    }

    static func byte(for scalar: UInt32) -> UInt8? {
        if let byte = UInt8(exactly: scalar) { return isPrintable(byte) ? byte : nil }
        let index = Int(scalar - firstStandIn)
        return index < unprintable.count ? unprintable[index] : nil
    }

    /// The bytes that `text` (valid UTF-8) stands for, or nil when a scalar stands for no byte.
    static func bytes(for text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (scalar, width) = text.scalar(at: index)
            guard let byte = byte(for: scalar) else { return nil }
            bytes.append(byte)
            index += width
        }
        return bytes
    }
}
