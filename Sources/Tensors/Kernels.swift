internal import CKernels

/// The kernel table of one instruction set.
package struct Kernels: @unchecked Sendable {
    package let instructionSet: InstructionSet
    // SAFETY: points to a constant table in the program's read-only data; valid and immutable for ever.
    let table: OpaquePointer

    /// The table of `instructionSet`, or `nil` when this machine cannot run it.
    package init?(_ instructionSet: InstructionSet) {
        guard let table = lmk_kernels_for(instructionSet.code) else { return nil }
        self.instructionSet = instructionSet
        self.table = table
    }

    /// The fastest table, or the one `LMDEPLOY_FORCE_ISA` asks for.
    package static func select(environment: [String: String]) throws(TensorError) -> Kernels {
        let best = InstructionSet.best
        guard let forced = environment["LMDEPLOY_FORCE_ISA"], !forced.isEmpty else {
            guard let kernels = Kernels(best) else {
                throw .unsupportedInstructionSet(best.rawValue, best: "generic")
            }
            return kernels
        }
        guard let wanted = InstructionSet(rawValue: forced.lowercased()) else {
            throw .unknownInstructionSet(forced)
        }
        guard let kernels = Kernels(wanted) else {
            throw .unsupportedInstructionSet(forced, best: best.rawValue)
        }
        return kernels
    }

    /// Index of the largest value, the lowest among equals.
    package func argmax(_ values: UnsafeBufferPointer<Float>) -> Int {
        guard let base = values.baseAddress else { return 0 }
        return lmk_argmax(table, base, values.count)
    }

    /// The `k` largest values in descending order, the lower index first among equals.
    /// - Returns: how many were written, `min(k, values.count)`.
    package func topK(
        _ values: UnsafeBufferPointer<Float>, k: Int, indices: UnsafeMutablePointer<Int32>,
        largest: UnsafeMutablePointer<Float>
    ) -> Int {
        guard let base = values.baseAddress else { return 0 }
        return lmk_top_k(table, base, values.count, k, indices, largest)
    }

    /// The sum of `exp((value - maximum) * inverseTemperature)`.
    package func sumExp(
        _ values: UnsafeBufferPointer<Float>, maximum: Float, inverseTemperature: Float
    ) -> Float {
        guard let base = values.baseAddress else { return 0 }
        return lmk_sum_exp(table, base, values.count, maximum, inverseTemperature)
    }
}
