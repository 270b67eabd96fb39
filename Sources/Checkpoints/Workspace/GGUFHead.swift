internal import Tensors

/// A GGUF file's keys of the tokenizer and the chat templates as a file of its own, without tensors.
enum GGUFHead {
    private static let prefix = "tokenizer."

    static func write(_ metadata: GGUFMetadata, to path: String) throws(CheckpointError) {
        let keys = metadata.keys.filter { $0.hasPrefix(prefix) }
        let stream = try OutputStream(path)
        try stream.write(Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(keys.count)))
        for key in keys {
            guard let value = metadata.values[key] else { continue }
            try stream.write(bytes(UInt64(key.utf8.count)) + Array(key.utf8) + bytes(value.type.rawValue))
            var reader = ByteReader(metadata.file, at: value.offset)
            try reader.skipValue(value.type)
            let range = value.offset..<reader.offset
            try metadata.file.withBytes { (all) throws(CheckpointError) in
                try stream.write(UnsafeRawBufferPointer(rebasing: all[range]))
            }
        }
        try stream.finish()
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
