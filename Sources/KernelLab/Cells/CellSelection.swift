package import Tensors

/// Lists whose combinations are the cells of a run.
package struct CellSelection: Sendable, Equatable {
    package var operations: [KernelWork.Operation] = KernelWork.Operation.allCases
    package var formats: [WeightFormat]
    package var shapes: [MatrixShape]
    package var rows: [Int]
    package var elements: [KVCacheShape.Element] = [.fp16, .bf16, .int8, .int4]
    package var heads: [HeadShape]
    package var contexts: [Int]

    /// About a minute on two cores.
    package static let quick = CellSelection(
        formats: [.w4(group: 32), .w4(group: 128), .w8(group: 0), .w8(group: 32), .bf16, .fp16, .fp32],
        shapes: [
            MatrixShape(outputs: 1536, inputs: 576), MatrixShape(outputs: 576, inputs: 1536),
            MatrixShape(outputs: 2048, inputs: 2048),
        ],
        rows: [1, 8, 32, 512],
        heads: [
            HeadShape(queryHeads: 9, keyValueHeads: 3, dimension: 64),
            HeadShape(queryHeads: 32, keyValueHeads: 8, dimension: 128),
        ],
        contexts: [1024])

    /// Every weight format, the layers of models of 135M, 0.5B, 1.8B and 7B parameters, and their heads.
    package static let full = CellSelection(
        formats: WeightFormat.table.filter { $0 != .w8(group: 64) },
        shapes: [
            (576, 576), (1536, 576), (576, 1536), (896, 896), (4864, 896), (896, 4864), (2048, 2048),
            (8192, 2048), (2048, 8192), (4096, 4096), (11008, 4096), (4096, 11008),
        ].map { MatrixShape(outputs: $0, inputs: $1) },
        rows: [1, 2, 4, 8, 16, 32, 128, 512],
        heads: [(9, 3, 64), (14, 2, 64), (16, 16, 128), (32, 32, 128), (32, 8, 128)].map {
            HeadShape(queryHeads: $0, keyValueHeads: $1, dimension: $2)
        },
        contexts: [512, 4096, 16384])

    /// All combinations, linear layers first.
    package func cells(
        instructionSets: [InstructionSet], threads: [Int]
    ) throws(LabError) -> [KernelCell] {
        try check()
        var works: [KernelWork] = []
        if operations.contains(.linear) {
            for format in formats {
                for shape in shapes { works += rows.map { .linear(format, shape, rows: $0) } }
            }
        }
        for heads in heads {
            for element in elements {
                for context in contexts {
                    if operations.contains(.decode) {
                        works.append(.decode(element, heads, context: context))
                    }
                    if operations.contains(.prefill) {
                        works.append(.prefill(element, heads, context: context))
                    }
                }
            }
        }
        return instructionSets.flatMap { set in
            threads.flatMap { count in works.map { KernelCell($0, set, threads: count) } }
        }
    }

    private func check() throws(LabError) {
        for count in rows where !(1...KernelWork.mostRows).contains(count) {
            throw .value(field: "--rows", found: "\(count)", expected: "1...\(KernelWork.mostRows)")
        }
        for context in contexts where !(1...KernelWork.longestContext).contains(context) {
            throw .value(
                field: "--context", found: "\(context)", expected: "1...\(KernelWork.longestContext)")
        }
        if operations.contains(.linear) {
            for format in formats {
                for shape in shapes { try Self.check(format, shape) }
            }
        }
        if operations != [.linear] {
            for heads in heads {
                for element in elements { try Self.check(element, heads) }
            }
        }
    }

    static func check(_ format: WeightFormat, _ shape: MatrixShape) throws(LabError) {
        guard format.byteCount(rows: shape.outputs, columns: shape.inputs) == nil else { return }
        throw .unrepresentable(format: format.optionName, shape: shape.description)
    }

    static func check(_ element: KVCacheShape.Element, _ heads: HeadShape) throws(LabError) {
        do {
            try KVCacheShape(element, heads, layers: 1).check()
        } catch {
            throw .unrepresentable(format: element.rawValue, shape: heads.description)
        }
    }
}
