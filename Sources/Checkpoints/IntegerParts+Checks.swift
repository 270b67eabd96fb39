// The tensors of a linear layer by name, and what their shapes must be.
extension IntegerParts {
    func matrix(
        _ suffix: String, _ elements: [StoredElement]
    ) throws(CheckpointError) -> StoredMatrix {
        guard let stored = index[module + suffix] else {
            throw integers.malformed("needs \(quoted(module + suffix)), which is not there")
        }
        return try StoredMatrix(stored, elements: elements)
    }

    func zeros(_ suffix: String, mayMiss: Bool) throws(CheckpointError) -> StoredMatrix? {
        if mayMiss, index[module + suffix] == nil { return nil }
        return try matrix(suffix, Self.words)
    }

    func compressedZeros(
        bits: Int, outputs: Int, groups: Int, center: Int32
    ) throws(CheckpointError) -> IntegerMatrix.Zeros? {
        guard let stored = index[module + ".weight_zero_point"] else { return nil }
        let zeros = try StoredMatrix(stored, elements: Self.words + [.other(.int8)])
        if zeros.element == .other(.int8) {
            try expect(zeros, [outputs, groups])
            return .bytes(zeros, added: center)
        }
        try expect(zeros, [(outputs * bits + 31) / 32, groups])
        return .wordsByOutput(zeros)
    }

    /// What `weight_shape` says, a list of two numbers.
    func statedShape() throws(CheckpointError) -> (outputs: Int, inputs: Int) {
        let shape = try matrix(".weight_shape", [.other(.int64), .other(.int32)])
        try expect(shape, [2, 1])
        let numbers = (0..<2).map { shape.integer($0) }
        // No more than a file of words can have, so that products do not overflow.
        guard numbers.allSatisfy({ 0...StoredTensor.maximumElements ~= $0 }) else {
            throw CheckpointError(
                .malformed,
                "\(shape.path): the tensor \(quoted(shape.name)) says \(numbers), expected a shape; download "
                    + "the model again")
        }
        return (numbers[0], numbers[1])
    }

    // MARK: - Checks

    func expect(_ matrix: StoredMatrix, _ shape: [Int]) throws(CheckpointError) {
        guard [matrix.rows, matrix.columns] != shape else { return }
        throw CheckpointError(
            .malformed,
            "\(matrix.path): the tensor \(quoted(matrix.name)) has the shape [\(matrix.rows), "
                + "\(matrix.columns)], expected \(shape) beside \(quoted(integers.name)) of \(integers.shape); "
                + "download the model again")
    }

    func expectScales(_ scales: StoredMatrix, outputs: Int, groups: Int) throws(CheckpointError) {
        // One scale for all weights.
        if scales.rows == 1, scales.columns == 1, groups == 1 { return }
        try expect(scales, [outputs, groups])
    }

    /// Inputs that share a scale, of which there are `count` for each output.
    func group(
        _ scales: StoredMatrix, count: Int, inputs: Int, stated: Int?
    ) throws(CheckpointError) -> Int {
        if let stated {
            let length = stated < 1 ? inputs : min(stated, inputs)
            guard inputs % length == 0 else {
                throw integers.unsupported(
                    "has \(inputs) inputs in groups of \(length), which is not supported where the last group is "
                        + "shorter; use the unquantised model")
            }
            guard count == inputs / length else {
                throw CheckpointError(
                    .malformed,
                    "\(scales.path): the tensor \(quoted(scales.name)) has the shape [\(scales.rows), "
                        + "\(scales.columns)], expected \(inputs / length) groups of \(length) inputs, as "
                        + "the configuration's group_size says")
            }
        }
        guard inputs % count == 0 else {
            throw CheckpointError(
                .malformed,
                "\(scales.path): the tensor \(quoted(scales.name)) has \(count) groups, expected a divisor of "
                    + "the \(inputs) inputs; download the model again")
        }
        let group = inputs / count
        guard count == 1 || group % 32 == 0 else {
            throw integers.unsupported(
                "has groups of \(group) inputs, which is not supported; supported are multiples of 32, and one "
                    + "scale for each output; use the unquantised model")
        }
        guard inputs % 8 == 0 || self.integers.element == .other(.int8) else {
            throw integers.unsupported(
                "has \(inputs) inputs, which is not supported; supported are multiples of 8")
        }
        return group
    }

    /// Checks that inputs belong to groups in their own order, so that where they belong need not be stored.
    func checkOrder(
        _ suffix: String, inputs: Int, group: Int, isRequired: Bool
    ) throws(CheckpointError) {
        guard isRequired || index[module + suffix] != nil else { return }
        let order = try matrix(suffix, [.other(.int32), .other(.int64)])
        try expect(order, [inputs, 1])
        defer { order.discard() }
        guard let input = (0..<inputs).first(where: { order.integer($0) != $0 / group }) else { return }
        throw CheckpointError(
            .unsupported,
            "\(order.path): the tensor \(quoted(order.name)) puts input \(input) into group "
                + "\(order.integer(input)), expected \(input / group): groups in the order of activations "
                + "(desc_act or actorder) are not supported, because inputs are multiplied group by group in "
                + "their own order; use a model that was quantised without it")
    }
}
