package import Tensors

/// One row of the table: work, on an instruction set, with a number of threads.
package struct KernelCell: Sendable, Hashable {
    package let work: KernelWork
    package let instructionSet: InstructionSet
    package let threads: Int

    package init(_ work: KernelWork, _ instructionSet: InstructionSet, threads: Int) {
        self.work = work
        self.instructionSet = instructionSet
        self.threads = threads
    }
}
