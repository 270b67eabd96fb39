/// Little-endian bytes, as model files store numbers.
package enum LittleEndian {
    package static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    package static func bytes(_ values: [Float]) -> [UInt8] {
        values.flatMap { bytes($0.bitPattern) }
    }

    package static func bytes(_ values: [UInt16]) -> [UInt8] {
        values.flatMap { bytes($0) }
    }
}
