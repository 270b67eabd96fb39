/// Writes safetensors files byte by byte.
package struct SafetensorsBuilder: Sendable {
    package struct Tensor: Sendable {
        package var name: String
        package var dtype: String
        package var shape: [Int]
        package var bytes: [UInt8]
    }

    package var tensors: [Tensor] = []

    package init() {}

    package mutating func add(_ name: String, _ shape: [Int], dtype: String, _ bytes: [UInt8]) {
        tensors.append(Tensor(name: name, dtype: dtype, shape: shape, bytes: bytes))
    }

    package mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
        add(name, shape, dtype: "F32", LittleEndian.bytes(values))
    }

    package func build() -> [UInt8] {
        var entries = [#""__metadata__":{"format":"pt"}"#]
        var data: [UInt8] = []
        for tensor in tensors {
            let range = "[\(data.count),\(data.count + tensor.bytes.count)]"
            entries.append(
                #""\#(tensor.name)":{"dtype":"\#(tensor.dtype)","shape":\#(tensor.shape),"data_offsets":\#(range)}"#
            )
            data += tensor.bytes
        }
        return Self.file(header: "{" + entries.joined(separator: ",") + "}", data: data)
    }

    /// A file with any header text.
    package static func file(header: String, data: [UInt8] = []) -> [UInt8] {
        LittleEndian.bytes(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }
}
