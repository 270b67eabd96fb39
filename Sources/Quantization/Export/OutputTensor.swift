/// A tensor of a file to be written.
struct OutputTensor: Sendable {
    enum Element: String, Sendable {
        case int8 = "I8"
        case int32 = "I32"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case float32 = "F32"

        var byteCount: Int {
            switch self {
            case .int8: 1
            case .float16, .bfloat16: 2
            case .int32, .float32: 4
            }
        }
    }

    let name: String
    let element: Element
    let shape: [Int]
    let bytes: [UInt8]

    init(_ name: String, _ element: Element, _ shape: [Int], _ bytes: [UInt8]) {
        precondition(
            bytes.count == shape.reduce(1, *) * element.byteCount, "a tensor's bytes do not fit its shape")
        self.name = name
        self.element = element
        self.shape = shape
        self.bytes = bytes
    }

    init(_ name: String, _ shape: [Int], _ values: [UInt32]) {
        self.init(name, .int32, shape, values.littleEndianBytes)
    }

    init(_ name: String, _ shape: [Int], halves: [UInt16]) {
        self.init(name, .float16, shape, halves.littleEndianBytes)
    }

    init(_ name: String, _ shape: [Int], floats: [Float]) {
        self.init(name, .float32, shape, floats.map(\.bitPattern).littleEndianBytes)
    }

    init(_ name: String, _ shape: [Int], _ values: [Int8]) {
        self.init(name, .int8, shape, values.map { UInt8(bitPattern: $0) })
    }
}

extension Array where Element: FixedWidthInteger {
    fileprivate var littleEndianBytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count * MemoryLayout<Element>.size) { bytes, initialized in
            for (index, value) in enumerated() {
                UnsafeMutableRawBufferPointer(bytes).storeBytes(
                    of: value.littleEndian, toByteOffset: index * MemoryLayout<Element>.size, as: Element.self
                )
            }
            initialized = count * MemoryLayout<Element>.size
        }
    }
}
