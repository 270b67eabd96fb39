/// Writes GGUF files byte by byte.
///
/// Nothing is checked, so that broken files can be written too.
package struct GGUFBuilder: Sendable {
    package indirect enum Value: Sendable {
        case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32)
        case uint64(UInt64), int64(Int64)
        case float32(Float), float64(Double)
        case bool(Bool)
        case string(String)
        case strings([String]), int32s([Int32]), float32s([Float])
        /// An array of arrays of int32.
        case nested([[Int32]])
        /// Any type number and bytes.
        case raw(type: UInt32, bytes: [UInt8])
    }

    package struct Tensor: Sendable {
        package var name: String
        /// Outermost dimension first.
        package var shape: [UInt64]
        package var type: UInt32
        package var bytes: [UInt8]
        /// Written instead of the true offset.
        package var offset: UInt64?
    }

    /// The type numbers of the format.
    package enum TensorType {
        package static let float32 = number("F32")
        package static let float16 = number("F16")
        // swift-format-ignore: AlwaysUseLowerCamelCase
        package static let q4_0 = number("Q4_0")
        // swift-format-ignore: AlwaysUseLowerCamelCase
        package static let q4_1 = number("Q4_1")
        // swift-format-ignore: AlwaysUseLowerCamelCase
        package static let q8_0 = number("Q8_0")
        package static let bfloat16 = number("BF16")

        private static func number(_ name: String) -> UInt32 { GGUFBlockType.named(name).number }
    }

    package var magic: [UInt8] = Array("GGUF".utf8)
    package var version: UInt32 = 3
    package var alignment = 32
    package var metadata: [(key: String, value: Value)] = []
    package var tensors: [Tensor] = []
    /// Written instead of the true counts.
    package var metadataCount: UInt64?
    package var tensorCount: UInt64?

    package init() {}

    package mutating func set(_ key: String, _ value: Value?) {
        metadata.removeAll { $0.key == key }
        if let value {
            metadata.append((key, value))
        }
    }

    package mutating func add(_ name: String, _ shape: [Int], type: UInt32, _ bytes: [UInt8]) {
        addUnchecked(name, shape.map { UInt64($0) }, type: type, bytes, offset: nil)
    }

    /// Adds a tensor with any sizes and, unless nil, any offset.
    package mutating func addUnchecked(
        _ name: String,
        _ shape: [UInt64],
        type: UInt32,
        _ bytes: [UInt8],
        offset: UInt64?
    ) {
        tensors.append(Tensor(name: name, shape: shape, type: type, bytes: bytes, offset: offset))
    }

    package mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
        add(name, shape, type: TensorType.float32, LittleEndian.bytes(values))
    }

    /// The file.
    ///
    /// Tensors are aligned; nothing follows the last one.
    package func build() -> [UInt8] {
        var header = magic + LittleEndian.bytes(version)
        header += LittleEndian.bytes(tensorCount ?? UInt64(tensors.count))
        header += LittleEndian.bytes(metadataCount ?? UInt64(metadata.count))
        for (key, value) in metadata {
            header += Self.string(key) + Self.bytes(value)
        }
        var data: [UInt8] = []
        for tensor in tensors {
            data += [UInt8](repeating: 0, count: padding(data.count))
            header += Self.string(tensor.name) + LittleEndian.bytes(UInt32(tensor.shape.count))
            header += tensor.shape.reversed().flatMap { LittleEndian.bytes($0) }
            header +=
                LittleEndian.bytes(tensor.type) + LittleEndian.bytes(tensor.offset ?? UInt64(data.count))
            data += tensor.bytes
        }
        return header + [UInt8](repeating: 0, count: padding(header.count)) + data
    }

    // MARK: - Internals

    private func padding(_ count: Int) -> Int {
        (alignment - count % alignment) % alignment
    }

    private static func string(_ text: String) -> [UInt8] {
        LittleEndian.bytes(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    private static func array(of type: UInt32, count: Int, _ bytes: [UInt8]) -> [UInt8] {
        LittleEndian.bytes(type) + LittleEndian.bytes(UInt64(count)) + bytes
    }

    /// The type number and the value.
    private static func bytes(_ value: Value) -> [UInt8] {
        switch value {
        case .uint8(let value): number(0, LittleEndian.bytes(value))
        case .int8(let value): number(1, LittleEndian.bytes(value))
        case .uint16(let value): number(2, LittleEndian.bytes(value))
        case .int16(let value): number(3, LittleEndian.bytes(value))
        case .uint32(let value): number(4, LittleEndian.bytes(value))
        case .int32(let value): number(5, LittleEndian.bytes(value))
        case .float32(let value): number(6, LittleEndian.bytes(value.bitPattern))
        case .bool(let value): number(7, [value ? 1 : 0])
        case .string(let text): number(8, string(text))
        case .strings(let texts): number(9, array(of: 8, count: texts.count, texts.flatMap { string($0) }))
        case .int32s(let values): number(9, int32Array(values))
        case .float32s(let values): number(9, array(of: 6, count: values.count, LittleEndian.bytes(values)))
        case .nested(let arrays):
            number(9, array(of: 9, count: arrays.count, arrays.flatMap { int32Array($0) }))
        case .uint64(let value): number(10, LittleEndian.bytes(value))
        case .int64(let value): number(11, LittleEndian.bytes(value))
        case .float64(let value): number(12, LittleEndian.bytes(value.bitPattern))
        case .raw(let type, let bytes): number(type, bytes)
        }
    }

    private static func number(_ type: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        LittleEndian.bytes(type) + bytes
    }

    private static func int32Array(_ values: [Int32]) -> [UInt8] {
        array(of: 5, count: values.count, values.flatMap { LittleEndian.bytes($0) })
    }
}
