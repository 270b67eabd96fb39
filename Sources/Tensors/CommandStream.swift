internal import CKernels

/// What happens to a linear layer's input before the multiplication.
package enum LinearPrologue {
    /// Input rows of `columns` values.
    case none
    /// Root-mean-square normalisation by `weight`.
    case rmsNorm(weight: UnsafePointer<Float>, epsilon: Float)
    /// Input rows of `2 * columns` values: `silu(first half) * second half`.
    case siluMul
}

/// Rows of floats, `stride` floats apart.
package struct RowPointer {
    package var pointer: UnsafeMutablePointer<Float>
    package var stride: Int

    package init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
        self.pointer = pointer
        self.stride = stride
    }
}

/// A list of operations that the worker pool executes without coming back in between.
///
/// This is the seam for other devices: a second device would execute the same commands. The stream
/// keeps the addresses it is given; whoever builds it keeps the memory alive until it has run.
package struct CommandStream {
    private var commands: ContiguousArray<lmk_command> = []

    package init() {}

    package var count: Int { commands.count }

    /// Empties the stream and keeps its capacity.
    package mutating func removeAll() { commands.removeAll(keepingCapacity: true) }

    /// `output[r] = table[tokens[r]]`
    package mutating func embed(
        table: PackedMatrix, tokens: UnsafePointer<Int32>, rows: Int, output: RowPointer
    ) {
        var command = lmk_command()
        command.op = LMK_OP_EMBED
        command.embed = lmk_embed(
            table: table.matrix, tokens: tokens, output: output.pointer, output_stride: output.stride,
            rows: UInt32(rows))
        commands.append(command)
    }

    /// `output[r] = prologue(input[rowIndices[r]]) * weight^T (+ bias) (+ output[r])`
    package mutating func linear(
        weight: PackedMatrix, bias: UnsafePointer<Float>?, prologue: LinearPrologue, input: RowPointer,
        rowIndices: UnsafePointer<Int32>? = nil, output: RowPointer, accumulate: Bool = false, rows: Int
    ) {
        var linear = lmk_linear()
        linear.weight = UnsafePointer(weight.matrix)
        linear.input = UnsafePointer(input.pointer)
        linear.input_stride = input.stride
        linear.row_indices = rowIndices
        switch prologue {
        case .none:
            linear.prologue = LMK_PROLOGUE_NONE
        case .rmsNorm(let weight, let epsilon):
            linear.prologue = LMK_PROLOGUE_RMSNORM
            linear.norm_weight = weight
            linear.epsilon = epsilon
        case .siluMul:
            linear.prologue = LMK_PROLOGUE_SILU_MUL
        }
        linear.bias = bias
        linear.output = output.pointer
        linear.output_stride = output.stride
        linear.accumulate = accumulate
        linear.rows = UInt32(rows)
        var command = lmk_command()
        command.op = LMK_OP_LINEAR
        command.linear = linear
        commands.append(command)
    }

    /// Rotary embedding, KV append and causal attention of one layer. See `lmk_attention`.
    /// - Parameter window: how many positions a row sees, its own included; `nil`: all.
    package mutating func attention(
        cache: KVCacheStorage, layer: Int, queryHeads: Int, window: Int? = nil, rotaryDimension: Int,
        scale: Float,
        queryKeyValue: RowPointer, rope: UnsafePointer<Float>, tiles: AttentionTiles, rows: Int,
        output: RowPointer
    ) {
        var command = lmk_command()
        command.op = LMK_OP_ATTENTION
        command.attention = lmk_attention(
            cache: UnsafePointer(cache.cache), layer: UInt32(layer), q_heads: UInt32(queryHeads),
            window: UInt32(window ?? 0), rotary_dim: UInt32(rotaryDimension), scale: scale,
            qkv: queryKeyValue.pointer, qkv_stride: queryKeyValue.stride, rope: rope,
            tiles: UnsafePointer(tiles.base),
            tile_count: UInt32(tiles.count), rows: UInt32(rows), output: output.pointer,
            output_stride: output.stride)
        commands.append(command)
    }

    /// Runs all commands in order and waits.
    package func execute(on pool: WorkerPool, kernels: Kernels, workspace: Workspace) {
        commands.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var limits = workspace.limits
            lmk_execute(pool.pool, kernels.table, base, buffer.count, &limits, workspace.pointer)
        }
    }

    /// Runs all commands as `execute` does, and says what took how long.
    package func executeTraced(on pool: WorkerPool, kernels: Kernels, workspace: Workspace) -> CommandTrace {
        var traces = [lmk_trace](repeating: lmk_trace(), count: commands.count * pool.threads)
        commands.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var limits = workspace.limits
            lmk_execute_traced(
                pool.pool, kernels.table, base, buffer.count, &limits, workspace.pointer, &traces)
        }
        var trace = CommandTrace()
        for (index, command) in commands.enumerated() {
            var times = CommandTimes()
            times.commands = 1
            for thread in traces[index * pool.threads..<(index + 1) * pool.threads] {
                times.waiting += thread.waiting
                times.encoding += thread.encoding
                times.computing += thread.computing
            }
            trace.add(times, of: CommandKind(command))
        }
        return trace
    }
}

/// Runs of consecutive rows that belong to one sequence, at a fixed address.
package final class AttentionTiles {
    fileprivate(set) var base: UnsafeMutablePointer<lmk_attention_tile>
    private let capacity: Int
    package private(set) var count = 0

    /// Most rows of a tile.
    package static let maximumRows = Int(LMK_TILE_ROWS)

    package init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    package func removeAll() { count = 0 }

    /// Adds rows `firstRow ..< firstRow + rows` at `firstPosition` of a sequence, cut into tiles.
    package func append(
        firstRow: Int, rows: Int, firstPosition: Int, blocks: UnsafePointer<Int32>
    ) {
        var done = 0
        while done < rows {
            let length = min(Self.maximumRows, rows - done)
            precondition(count < capacity)
            base.advanced(by: count).initialize(
                to: lmk_attention_tile(
                    first_row: UInt32(firstRow + done), rows: UInt32(length),
                    first_position: UInt32(firstPosition + done), reserved: 0, blocks: blocks))
            count += 1
            done += length
        }
    }
}

/// Scratch memory for executing command streams within fixed limits.
package final class Workspace: @unchecked Sendable {
    // SAFETY: used by one stream execution at a time, which the owner of the pool ensures.
    private let storage: AlignedBuffer
    let limits: lmk_limits

    /// - Parameters:
    ///   - rows: most rows of a step.
    ///   - inputs: largest number of inputs of a linear layer.
    package init(
        threads: Int, rows: Int, inputs: Int, headDimension: Int, queryHeads: Int
    ) throws(TensorError) {
        var limits = lmk_limits(
            threads: UInt32(threads), rows: UInt32(rows), k: UInt64(inputs),
            head_dim: UInt32(headDimension), q_heads: UInt32(queryHeads))
        let bytes = lmk_workspace_bytes(&limits)
        do {
            storage = try AlignedBuffer(byteCount: max(bytes, 64))
        } catch {
            throw .outOfMemory(what: "scratch memory", bytes: bytes)
        }
        self.limits = limits
    }

    package var byteCount: Int { storage.byteCount }

    var pointer: UnsafeMutableRawPointer { storage.baseAddress }
}
