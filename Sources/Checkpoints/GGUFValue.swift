internal import Tensors

/// The types of metadata values in a GGUF file, by their number in the file.
enum GGUFValueType: UInt32, Sendable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes of one value; nil where that depends on the value.
    var fixedBytes: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }
}

/// Where a metadata value lies in the file.
///
/// Values are decoded when they are asked for: a vocabulary has a hundred thousand strings that most callers
/// do not need.
struct GGUFValue: Sendable {
    let type: GGUFValueType
    let offset: Int
}

extension ByteReader {
    /// Deeper nesting than any writer produces, and far from exhausting the stack.
    private static let maximumArrayDepth = 8

    mutating func valueType() throws(CheckpointError) -> GGUFValueType {
        let number = try integer(UInt32.self)
        guard let type = GGUFValueType(rawValue: number) else {
            throw CheckpointError(
                .malformed,
                "\(file.path): \(subject) has the unknown value type \(number), expected 0...12; the file is "
                    + "damaged, download it again"
            )
        }
        return type
    }

    /// Moves past a value and checks that all of it lies in the file.
    mutating func skipValue(_ type: GGUFValueType, depth: Int = 0) throws(CheckpointError) {
        if let size = type.fixedBytes {
            try skip(1, of: size)
        } else if type == .string {
            _ = try skipString()
        } else {
            try skipArray(depth: depth)
        }
    }

    private mutating func skipArray(depth: Int) throws(CheckpointError) {
        guard depth < Self.maximumArrayDepth else {
            throw CheckpointError(
                .malformed,
                "\(file.path): \(subject) nests arrays more than \(Self.maximumArrayDepth) deep; the file is "
                    + "damaged"
            )
        }
        let elementType = try valueType()
        let count = try integer(UInt64.self)
        if let size = elementType.fixedBytes {
            try skip(count, of: size)
            return
        }
        // Every element takes bytes, so a count that the file cannot hold ends this loop with an error.
        var index: UInt64 = 0
        while index < count {
            try skipValue(elementType, depth: depth + 1)
            index += 1
        }
    }
}
