/// Writes dictionaries of dictionaries of fp32 tensors as `torch.save` does: a pickle and the values, in a zip file
/// without compression.
enum TorchFile {
    struct Tensor {
        let name: String
        let shape: [Int]
        let values: [Float]
    }

    struct Section {
        let name: String
        let tensors: [Tensor]
    }

    static func write(_ sections: [Section], to path: String) throws(QuantizationError) {
        var values: [UInt8] = []
        for tensor in sections.lazy.flatMap(\.tensors) {
            for value in tensor.values { values.append(littleEndian: value.bitPattern) }
        }
        var pickle = Pickle()
        pickle.write(sections, storage: values.count / 4)
        var zip = StoredZip()
        zip.add("archive/data.pkl", pickle.bytes)
        zip.add("archive/byteorder", Array("little".utf8))
        zip.add("archive/data/0", values)
        zip.add("archive/version", Array("3\n".utf8))
        let file = try OutputFile(path: path)
        try file.write(zip.finished())
        try file.finish()
    }
}

/// The pickle of a torch file, of protocol 2. All tensors are views of one storage.
private struct Pickle {
    private(set) var bytes: [UInt8] = []

    private enum Opcode {
        static let `protocol`: UInt8 = 0x80
        static let emptyDictionary = UInt8(ascii: "}")
        static let mark = UInt8(ascii: "(")
        static let setItems = UInt8(ascii: "u")
        static let text = UInt8(ascii: "X")
        static let integer = UInt8(ascii: "J")
        static let function = UInt8(ascii: "c")
        static let tuple = UInt8(ascii: "t")
        static let persistent = UInt8(ascii: "Q")
        static let no: UInt8 = 0x89
        static let emptyTuple = UInt8(ascii: ")")
        static let call = UInt8(ascii: "R")
        static let stop = UInt8(ascii: ".")
    }

    mutating func write(_ sections: [TorchFile.Section], storage: Int) {
        bytes += [Opcode.protocol, 2, Opcode.emptyDictionary, Opcode.mark]
        var offset = 0
        for section in sections {
            write(section.name)
            bytes += [Opcode.emptyDictionary, Opcode.mark]
            for tensor in section.tensors {
                write(tensor.name)
                write(tensor, offset: offset, storage: storage)
                offset += tensor.values.count
            }
            bytes.append(Opcode.setItems)
        }
        bytes += [Opcode.setItems, Opcode.stop]
    }

    /// The call that makes a tensor.
    private mutating func write(_ tensor: TorchFile.Tensor, offset: Int, storage: Int) {
        function("torch._utils", "_rebuild_tensor_v2")
        bytes += [Opcode.mark, Opcode.mark]
        write("storage")
        function("torch", "FloatStorage")
        write("0")
        write("cpu")
        write(storage)
        bytes += [Opcode.tuple, Opcode.persistent]
        write(offset)
        write(tensor.shape)
        write(tensor.shape.indices.map { tensor.shape[($0 + 1)...].reduce(1, *) })
        bytes.append(Opcode.no)
        function("collections", "OrderedDict")
        bytes += [Opcode.emptyTuple, Opcode.call, Opcode.tuple, Opcode.call]
    }

    private mutating func function(_ module: String, _ name: String) {
        bytes.append(Opcode.function)
        bytes += Array("\(module)\n\(name)\n".utf8)
    }

    private mutating func write(_ text: String) {
        bytes.append(Opcode.text)
        bytes.append(littleEndian: UInt32(text.utf8.count))
        bytes += Array(text.utf8)
    }

    private mutating func write(_ number: Int) {
        bytes.append(Opcode.integer)
        bytes.append(littleEndian: UInt32(bitPattern: Int32(number)))
    }

    private mutating func write(_ numbers: [Int]) {
        bytes.append(Opcode.mark)
        for number in numbers { write(number) }
        bytes.append(Opcode.tuple)
    }
}

/// A zip file of a few entries that are not compressed.
private struct StoredZip {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0

    private static let version: UInt16 = 20
    /// 1980-01-01, the first day that zip files know.
    private static let date: UInt16 = 1 << 5 | 1

    mutating func add(_ name: String, _ content: [UInt8]) {
        let offset = UInt32(bytes.count)
        var common: [UInt8] = []
        common.append(littleEndian: Self.version)
        common.append(littleEndian: UInt32(0))  // flags, stored
        common.append(littleEndian: UInt16(0))
        common.append(littleEndian: Self.date)
        common.append(littleEndian: Checksum.crc32(content))
        common.append(littleEndian: UInt32(content.count))
        common.append(littleEndian: UInt32(content.count))
        common.append(littleEndian: UInt16(name.utf8.count))
        common.append(littleEndian: UInt16(0))  // extra
        bytes.append(littleEndian: UInt32(0x0403_4B50))
        bytes += common + Array(name.utf8) + content
        directory.append(littleEndian: UInt32(0x0201_4B50))
        directory.append(littleEndian: Self.version)
        directory += common
        directory.append(littleEndian: UInt32(0))  // comment, disk
        directory.append(littleEndian: UInt16(0))
        directory.append(littleEndian: UInt32(0))  // attributes
        directory.append(littleEndian: offset)
        directory += Array(name.utf8)
        count += 1
    }

    func finished() -> [UInt8] {
        var end: [UInt8] = []
        end.append(littleEndian: UInt32(0x0605_4B50))
        end.append(littleEndian: UInt32(0))  // disks
        end.append(littleEndian: count)
        end.append(littleEndian: count)
        end.append(littleEndian: UInt32(directory.count))
        end.append(littleEndian: UInt32(bytes.count))
        end.append(littleEndian: UInt16(0))  // comment
        return bytes + directory + end
    }
}

private enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320
        }
    }

    /// The CRC-32 of zip and gzip.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
