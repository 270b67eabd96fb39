/// A value or a name in the tape of a document: its kind, and where it is in the text.
///
/// Eight bytes for any of them, so that a text of nothing but the shortest values ("[0,0,0…") takes four times
/// its size.
struct JSONEntry: Sendable, BitwiseCopyable {
    enum Kind: UInt8 {
        case null, `false`, `true`
        /// A number without fraction or exponent that fits an `Int`.
        case integer
        case number
        /// A string that stands for its own bytes, and one with a backslash in it.
        case string, escapedString
        case array, object
    }

    /// Offsets and lengths have 30 bits each.
    static let largestText = 1 << 30 - 1

    private let bits: UInt64

    /// - Parameters:
    ///   - start: the first byte of a scalar, the first after a string's quotation mark, or the bracket.
    ///   - extent: how many bytes of the text a scalar has, without quotation marks; how many entries a container
    ///     has, its own included.
    init(_ kind: Kind, start: Int, extent: Int) {
        bits = UInt64(kind.rawValue) << 60 | UInt64(start) << 30 | UInt64(extent)
    }

    var kind: Kind {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: bits >> 60)) else {
            preconditionFailure("an entry without a kind")
        }
        return kind
    }

    var start: Int { Int(truncatingIfNeeded: bits >> 30) & Self.largestText }

    var extent: Int { Int(truncatingIfNeeded: bits) & Self.largestText }

    /// The bytes of a scalar.
    var range: Range<Int> { start..<start + extent }

    /// How many entries the value takes.
    var size: Int {
        switch kind {
        case .array, .object: extent
        default: 1
        }
    }
}
