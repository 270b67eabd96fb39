/// Writes files as `torch.save` does for a state dict.
package struct PyTorchBuilder: Sendable {
    package struct Tensor: Sendable {
        package var name: String
        /// The storage class: "FloatStorage", "HalfStorage", "BFloat16Storage", ….
        package var storageClass: String
        package var shape: [Int]
        package var strides: [Int]
        package var offset = 0
        /// The storage; tensors with equal keys share that of the first.
        package var key: String
        package var elementCount: Int
    }

    package var tensors: [Tensor] = []
    /// Bytes by key.
    package var storages: [(key: String, bytes: [UInt8])] = []

    package init() {}

    /// Adds a tensor with a storage of its own.
    package mutating func add(_ name: String, _ shape: [Int], _ storageClass: String, _ bytes: [UInt8]) {
        var strides: [Int] = []
        var stride = 1
        for size in shape.reversed() {
            strides.insert(stride, at: 0)
            stride *= size
        }
        let key = String(storages.count)
        tensors.append(
            Tensor(
                name: name, storageClass: storageClass, shape: shape, strides: strides, key: key,
                elementCount: stride))
        storages.append((key, bytes))
    }

    package mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
        add(name, shape, "FloatStorage", LittleEndian.bytes(values))
    }

    /// The tensors of a tiny model, in one of its storage types.
    package mutating func add(_ tensors: [TinyTensor], storage: TinyStorage) {
        let classes: [TinyStorage: String] = [
            .f32: "FloatStorage", .f16: "HalfStorage", .bf16: "BFloat16Storage",
        ]
        for tensor in tensors {
            add(tensor.name, tensor.shape, classes[storage] ?? "", storage.bytes(tensor.values))
        }
    }

    package func build() -> [UInt8] { zip(pickle: pickle()).build() }

    /// The archive with any pickle.
    package func zip(pickle: [UInt8]) -> ZipBuilder {
        var zip = ZipBuilder()
        zip.entries = [
            .init("archive/data.pkl", pickle), .init("archive/byteorder", Array("little".utf8)),
        ]
        for storage in storages {
            zip.entries.append(.init("archive/data/" + storage.key, storage.bytes))
        }
        zip.entries.append(.init("archive/version", Array("3\n".utf8)))
        return zip
    }

    package func pickle() -> [UInt8] {
        var pickle = Pickle()
        pickle.global("collections", "OrderedDict")
        pickle.put([0x29, 0x52, 0x28])
        for tensor in tensors {
            pickle.text(tensor.name)
            pickle.global("torch._utils", "_rebuild_tensor_v2")
            pickle.put([0x28, 0x28])
            pickle.text("storage")
            pickle.global("torch", tensor.storageClass)
            pickle.text(tensor.key)
            pickle.text("cpu")
            pickle.integer(tensor.elementCount)
            pickle.put([0x74, 0x51])
            pickle.integer(tensor.offset)
            pickle.tuple(tensor.shape)
            pickle.tuple(tensor.strides)
            pickle.put([0x89])
            pickle.global("collections", "OrderedDict")
            pickle.put([0x29, 0x52, 0x74, 0x52])
        }
        pickle.put([0x75, 0x2E])
        return pickle.bytes
    }
}

/// The instructions of a pickle with protocol 2.
package struct Pickle: Sendable {
    package private(set) var bytes: [UInt8] = [0x80, 2]

    package init() {}

    package mutating func put(_ instructions: [UInt8]) { bytes += instructions }

    package mutating func text(_ text: String) {
        bytes += [0x58] + LittleEndian.bytes(UInt32(text.utf8.count)) + Array(text.utf8)
    }

    package mutating func global(_ module: String, _ name: String) {
        bytes += [0x63] + Array("\(module)\n\(name)\n".utf8)
    }

    package mutating func integer(_ value: Int) {
        bytes += [0x8A, 8] + LittleEndian.bytes(value)
    }

    package mutating func tuple(_ values: [Int]) {
        bytes += [0x28]
        values.forEach { integer($0) }
        bytes += [0x74]
    }
}
