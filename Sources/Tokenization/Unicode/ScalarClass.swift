/// What a pre-tokenizer pattern can ask about a scalar: `\p{L}`, `\p{N}`, `\s`, or none of them.
package enum ScalarClass: UInt8, Sendable {
    case other = 0
    case letter = 1
    case number = 2
    case whitespace = 3
}

/// The class of every Unicode scalar, in one lookup.
///
/// The table is our own and not the standard library's, whose Unicode version follows the operating
/// system: the ids of a text must be the same on every machine.
package struct ScalarClassTable: Sendable {
    package static let shared = ScalarClassTable()

    /// Scalars per page.
    ///
    /// Most of the 4352 pages hold one class only and share four uniform pages.
    private static let pageSize = 256
    private static let pageCount = 0x110000 / pageSize

    private var pageOffsets: [UInt32] = []
    private var classes: [ScalarClass] = []

    private init() {
        for uniform in [ScalarClass.other, .letter, .number, .whitespace] {
            classes += [ScalarClass](repeating: uniform, count: Self.pageSize)
        }
        let boundaries = ScalarClassData.boundaries
        var next = 0
        var current = ScalarClass.other
        for page in 0..<Self.pageCount {
            let first = UInt32(page * Self.pageSize)
            let end = first + UInt32(Self.pageSize)
            if next == boundaries.count || boundaries[next] >> 2 >= end {
                pageOffsets.append(UInt32(current.rawValue) * UInt32(Self.pageSize))
                continue
            }
            pageOffsets.append(UInt32(classes.count))
            for scalar in first..<end {
                if next < boundaries.count, boundaries[next] >> 2 == scalar {
                    current = ScalarClass(rawValue: UInt8(boundaries[next] & 3)) ?? .other
                    next += 1
                }
                classes.append(current)
            }
        }
    }

    /// The class of `scalar`, which must be below 0x110000.
    @inline(__always)
    package subscript(scalar: UInt32) -> ScalarClass {
        classes[Int(pageOffsets[Int(scalar >> 8)]) + Int(scalar & 0xFF)]
    }
}
