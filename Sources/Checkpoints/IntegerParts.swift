internal import Tensors

/// The tensors of one linear layer.
struct IntegerParts {
    let module: String
    let integers: StoredTensor
    let index: StoredTensorIndex

    static let words: [StoredElement] = [.other(.int32), .other(.uint32)]
    static let scales: [StoredElement] = [
        .float(.float16), .float(.bfloat16), .float(.float32),
    ]

    // MARK: - Methods

    func awq(_ quantization: WeightQuantization) throws(CheckpointError) -> IntegerMatrix {
        let integers = try StoredMatrix(integers, elements: Self.words)
        let (inputs, outputs) = (integers.rows, integers.columns * 8)
        let scales = try matrix(".scales", Self.scales)
        let group = try group(scales, count: scales.rows, inputs: inputs, stated: quantization.group)
        try expect(scales, [inputs / group, outputs])
        let zeros = try zeros(".qzeros", mayMiss: quantization.isSymmetric == true)
        if let zeros { try expect(zeros, [inputs / group, integers.columns]) }
        return IntegerMatrix(
            bits: 4, rows: outputs, columns: inputs, group: group, layout: .outputWords, integers: integers,
            scales: scales, scaleOrder: .byGroup, zeros: zeros.map { .outputWords($0) } ?? .same(8))
    }

    func gptq(_ quantization: WeightQuantization) throws(CheckpointError) -> IntegerMatrix {
        let bits = quantization.bits ?? 4
        let integers = try StoredMatrix(integers, elements: Self.words)
        let (inputs, outputs) = (integers.rows * 32 / bits, integers.columns)
        let scales = try matrix(".scales", Self.scales)
        let group = try group(scales, count: scales.rows, inputs: inputs, stated: quantization.group)
        try expect(scales, [inputs / group, outputs])
        let zeros = try zeros(".qzeros", mayMiss: quantization.isSymmetric == true)
        if let zeros { try expect(zeros, [inputs / group, (outputs * bits + 31) / 32]) }
        try checkOrder(
            ".g_idx", inputs: inputs, group: group, isRequired: quantization.ordersByActivation)
        // Adding to the whole word also takes back a borrow that subtracting from whole words left.
        let added: UInt32 = !quantization.storesZerosLessOne ? 0 : bits == 4 ? 0x1111_1111 : 0x0101_0101
        return IntegerMatrix(
            bits: bits, rows: outputs, columns: inputs, group: group, layout: .inputWordsByInput,
            integers: integers, scales: scales, scaleOrder: .byGroup,
            zeros: zeros.map { .sequentialWords($0, added: added) } ?? .same(bits == 4 ? 8 : 128))
    }

    /// compressed-tensors, packed: the shape says how many bits an integer has.
    func compressed() throws(CheckpointError) -> IntegerMatrix {
        let integers = try StoredMatrix(integers, elements: Self.words)
        let shape = try statedShape()
        guard shape.outputs == integers.rows, shape.inputs > 0,
            let bits = [4, 8].first(where: { shape.inputs * $0 == integers.columns * 32 })
        else {
            throw self.integers.malformed(
                "has the shape \(self.integers.shape), expected [\(shape.outputs), \(shape.inputs)] of its "
                    + "weight_shape in words of 8 or 4 whole integers")
        }
        let scales = try matrix(".weight_scale", Self.scales)
        let group = try group(scales, count: scales.columns, inputs: shape.inputs, stated: nil)
        try expectScales(scales, outputs: shape.outputs, groups: shape.inputs / group)
        try checkOrder(".weight_g_idx", inputs: shape.inputs, group: group, isRequired: false)
        let center: Int32 = bits == 4 ? 8 : 128
        return IntegerMatrix(
            bits: bits, rows: shape.outputs, columns: shape.inputs, group: group, layout: .inputWordsByOutput,
            integers: integers, scales: scales, scaleOrder: .byOutput,
            zeros: try compressedZeros(
                bits: bits, outputs: shape.outputs, groups: shape.inputs / group, center: center)
                ?? .same(center))
    }

    /// Signed bytes with scales for outputs, or for groups of inputs.
    func bytes(scales suffix: String) throws(CheckpointError) -> IntegerMatrix {
        let integers = try StoredMatrix(integers, elements: [.other(.int8)])
        let scales = try matrix(suffix, Self.scales)
        let group = try group(scales, count: scales.columns, inputs: integers.columns, stated: nil)
        try expectScales(scales, outputs: integers.rows, groups: integers.columns / group)
        let zeros =
            suffix == ".weight_scale"
            ? try compressedZeros(
                bits: 8, outputs: integers.rows, groups: integers.columns / group, center: 0) : nil
        return IntegerMatrix(
            bits: 8, rows: integers.rows, columns: integers.columns, group: group, layout: .bytes,
            integers: integers, scales: scales, scaleOrder: .byOutput, zeros: zeros ?? .same(0))
    }
}
