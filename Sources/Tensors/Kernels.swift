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
}
