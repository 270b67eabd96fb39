internal import CKernels

/// What kind of command a stream has: commands of the same kind differ in their layer only.
package struct CommandKind: Sendable, Hashable, CustomStringConvertible {
    private enum Operation: Sendable, Hashable {
        case embed, attention, normalisation
        case linear(format: WeightFormat, outputs: Int, inputs: Int, prologue: String)
    }

    private let operation: Operation

    /// The operation with its sizes, such as "linear 3072 x 576 (w4 g32), rmsnorm".
    package var description: String {
        switch operation {
        case .embed: "embedding"
        case .attention: "attention"
        case .normalisation: "rmsnorm"
        case .linear(let format, let outputs, let inputs, let prologue):
            "linear \(outputs) x \(inputs) (\(format))\(prologue)"
        }
    }

    init(_ command: lmk_command) {
        switch command.op {
        case LMK_OP_EMBED: operation = .embed
        case LMK_OP_ATTENTION: operation = .attention
        case LMK_OP_RMSNORM: operation = .normalisation
        default:
            let linear = command.linear
            let prologue =
                switch linear.prologue {
                case LMK_PROLOGUE_RMSNORM: ", rmsnorm"
                case LMK_PROLOGUE_SILU_MUL: ", silu * up"
                default: ""
                }
            let matrix = linear.weight.pointee
            operation = .linear(
                format: WeightFormat(matrix), outputs: Int(matrix.n), inputs: Int(matrix.k),
                prologue: prologue)
        }
    }
}

/// How long commands took, in nanoseconds: sums over threads.
package struct CommandTimes: Sendable, Equatable {
    package var commands = 0
    /// For the other threads to finish what comes before.
    package var waiting: UInt64 = 0
    /// Input rows of linear layers: prologue and quantisation.
    package var encoding: UInt64 = 0
    package var computing: UInt64 = 0

    package init() {}

    package static func += (sum: inout CommandTimes, other: CommandTimes) {
        sum.commands += other.commands
        sum.waiting += other.waiting
        sum.encoding += other.encoding
        sum.computing += other.computing
    }
}

/// Times of the commands of a stream, by kind, in the order in which kinds first occur.
package struct CommandTrace: Sendable {
    package private(set) var kinds: [CommandKind] = []
    package private(set) var times: [CommandKind: CommandTimes] = [:]

    package init() {}

    package mutating func add(_ other: CommandTimes, of kind: CommandKind) {
        if times[kind] == nil { kinds.append(kind) }
        times[kind, default: CommandTimes()] += other
    }

    package mutating func merge(_ other: CommandTrace) {
        for kind in other.kinds { add(other.times[kind] ?? CommandTimes(), of: kind) }
    }
}

extension WeightFormat {
    fileprivate init(_ matrix: lmk_matrix) {
        let storage: Storage =
            switch matrix.format {
            case LMK_FP16: .fp16
            case LMK_BF16: .bf16
            case LMK_W8: .w8
            case LMK_W4: .w4
            default: .fp32
            }
        self.init(storage: storage, group: Int(matrix.group))
    }
}
