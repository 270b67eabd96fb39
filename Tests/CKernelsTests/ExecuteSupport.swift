import CKernels
import Testing

/// A packed weight of random values, kept alive for commands that point to it.
final class ExecuteWeight {
    let n: Int
    let k: Int
    /// What the packed weight stands for, [n][k].
    let values: [Float]
    let matrix: UnsafeMutablePointer<lmk_matrix>
    private let storage: GuardedBytes

    init(_ format: lmk_format, group: UInt32 = 0, n: Int, k: Int, seed: UInt64) throws {
        self.n = n
        self.k = k
        let bytes = lmk_matrix_bytes(format, group, UInt64(n), UInt64(k))
        try #require(bytes > 0)
        storage = GuardedBytes(count: bytes)
        let data = storage.base.assumingMemoryBound(to: UInt8.self)
        matrix = .allocate(capacity: 1)
        matrix.initialize(
            to: lmk_matrix(format: format, group: group, n: UInt64(n), k: UInt64(k), data: data))
        var random = VectorRandom(seed: seed)
        let source = random.floats(n * k, scale: 1 / Float(k).squareRoot())
        if format == LMK_W4 || format == LMK_W8 {
            lmk_pack_quantize(matrix, data, 0, UInt64(n), source)
        } else {
            lmk_pack_float(matrix, data, 0, UInt64(n), source)
        }
        var unpacked = [Float](repeating: 0, count: n * k)
        lmk_unpack_rows(matrix, 0, UInt64(n), &unpacked)
        values = unpacked
    }

    deinit { matrix.deallocate() }
}

/// A buffer of floats with an address that commands can hold.
final class ExecuteBuffer {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(_ values: [Float]) {
        count = values.count
        base = .allocate(capacity: max(values.count, 1))
        base.initialize(from: values, count: values.count)
    }

    convenience init(zeros count: Int) { self.init([Float](repeating: 0, count: count)) }

    deinit { base.deallocate() }

    var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

/// A pool, a kernel table and a workspace of exactly the promised size.
final class ExecuteMachine {
    let pool: OpaquePointer
    let kernels: OpaquePointer
    private var limits: lmk_limits
    private let workspace: GuardedBytes

    init(_ isa: VectorISA, threads: Int, rows: Int, k: Int, headDim: Int = 64, qHeads: Int = 8) throws {
        kernels = try isa.kernels()
        limits = lmk_limits(
            threads: UInt32(threads), rows: UInt32(rows), k: UInt64(k), head_dim: UInt32(headDim),
            q_heads: UInt32(qHeads))
        workspace = GuardedBytes(count: lmk_workspace_bytes(&limits), filledWith: 0xFF)
        pool = try #require(lmk_pool_create(UInt32(threads)))
    }

    deinit { lmk_pool_destroy(pool) }

    func execute(_ commands: [lmk_command]) {
        lmk_execute(pool, kernels, commands, commands.count, &limits, workspace.base)
    }

    var guardIsIntact: Bool { workspace.guardIsIntact }
}

extension lmk_command {
    init(_ linear: lmk_linear) {
        self.init()
        op = LMK_OP_LINEAR
        self.linear = linear
    }

    init(_ attention: lmk_attention) {
        self.init()
        op = LMK_OP_ATTENTION
        self.attention = attention
    }

    init(_ embed: lmk_embed) {
        self.init()
        op = LMK_OP_EMBED
        self.embed = embed
    }

    init(_ rmsnorm: lmk_rmsnorm) {
        self.init()
        op = LMK_OP_RMSNORM
        self.rmsnorm = rmsnorm
    }
}

extension lmk_linear {
    init(
        _ weight: ExecuteWeight, _ prologue: lmk_prologue = LMK_PROLOGUE_NONE, from input: ExecuteBuffer,
        to output: ExecuteBuffer, rows: Int, norm: ExecuteBuffer? = nil, bias: ExecuteBuffer? = nil,
        indices: UnsafePointer<Int32>? = nil, accumulate: Bool = false
    ) {
        self.init(
            weight: weight.matrix, input: input.base,
            input_stride: prologue == LMK_PROLOGUE_SILU_MUL ? 2 * weight.k : weight.k, row_indices: indices,
            prologue: prologue, epsilon: 1e-5, norm_weight: norm?.base, bias: bias?.base, output: output.base,
            output_stride: weight.n, accumulate: accumulate, rows: UInt32(rows))
    }
}
