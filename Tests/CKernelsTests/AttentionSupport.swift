import CKernels
import Testing

/// The shape of one attention layer.
struct AttentionShape: Sendable, CustomTestStringConvertible {
    var headDim: Int
    var qHeads: Int
    var kvHeads: Int
    var format = LMK_KV_FP32
    var blockTokens = 64
    var staticScales: lmk_kv_scales?
    /// Positions a row sees; 0: all.
    var window = 0

    var rowFloats: Int { (qHeads + 2 * kvHeads) * headDim }
    var outputFloats: Int { qHeads * headDim }
    var testDescription: String {
        "\(qHeads)/\(kvHeads) heads of \(headDim), \(KVFormat.name(format)), blocks of \(blockTokens)"
            + (staticScales == nil ? "" : ", static scales") + (window == 0 ? "" : ", window of \(window)")
    }

    /// Sizes of real models, then every way to be odd: grouped, single, tiny and unaligned heads; then blocks of
    /// every length.
    static let all: [AttentionShape] =
        KVFormat.all.flatMap { format in
            let sizes = [
                (64, 9, 3), (128, 4, 4), (256, 8, 1), (80, 4, 1), (96, 6, 2), (16, 3, 3), (40, 7, 1),
                (6, 5, 5),
                (1, 2, 1),
            ]
            let lengths = [16, 32, 128, 192, 256]
            return sizes.map { AttentionShape(headDim: $0.0, qHeads: $0.1, kvHeads: $0.2, format: format) }
                + lengths.flatMap { length in
                    [(64, 6, 2), (40, 3, 1)].map {
                        AttentionShape(
                            headDim: $0.0, qHeads: $0.1, kvHeads: $0.2, format: format, blockTokens: length)
                    }
                }
                + [(64, 64), (64, 1), (64, 37), (16, 70), (256, 129)].map { length, window in
                    AttentionShape(
                        headDim: 24, qHeads: 4, kvHeads: 2, format: format, blockTokens: length,
                        window: window)
                }
        } + staticInt8

    /// int8 with one scale for all; uniform numbers up to 2 reach a little beyond the levels.
    static let staticInt8 = [64, 40].map {
        AttentionShape(
            headDim: $0, qHeads: 6, kvHeads: 2, format: LMK_KV_INT8,
            staticScales: lmk_kv_scales(
                key_scale: 3.9 / 255, key_zero: 0.01, value_scale: 4.1 / 255, value_zero: -0.03))
    }

    /// Without scales and pool.
    func cache(layers: Int) -> lmk_kv_cache {
        lmk_kv_cache(
            format: format, head_dim: UInt32(headDim), kv_heads: UInt32(kvHeads), layers: UInt32(layers),
            block_tokens: UInt32(blockTokens), static_scales: nil, pool: nil)
    }
}

/// One sequence with its own cache of two layers, fed to lmk_execute tile by tile.
final class AttentionSequence {
    let shape: AttentionShape
    let rows: Int
    let rotaryDim: Int
    /// [rows][(q heads + 2 kv heads) * head_dim], before rotation.
    var qkv: [Float]
    private let isa: VectorISA
    private let pool: GuardedBytes
    private let layer: UInt32 = 1
    private let cache: lmk_kv_cache
    private let scales = UnsafeMutablePointer<lmk_kv_scales>.allocate(capacity: 2)
    private let blocks: [Int32]

    init(
        _ shape: AttentionShape, rows: Int, isa: VectorISA, rotaryDim: Int = 0, seed: UInt64 = 7,
        cacheFilledWith byte: UInt8 = 0
    ) {
        var random = VectorRandom(seed: seed)
        self.shape = shape
        self.rows = rows
        self.isa = isa
        self.rotaryDim = rotaryDim
        qkv = random.floats(rows * shape.rowFloats, scale: 2)
        // The other layer's scales are wrong.
        let wrong = lmk_kv_scales(key_scale: 1, key_zero: 9, value_scale: 1, value_zero: 9)
        scales.initialize(repeating: wrong, count: 2)
        // Blocks in descending order: positions must go through the table.
        blocks = (0..<Int32((rows + shape.blockTokens - 1) / shape.blockTokens)).reversed()
        var cache = shape.cache(layers: 2)
        pool = GuardedBytes(count: lmk_kv_block_bytes(&cache) * blocks.count, filledWith: byte)
        cache.pool = pool.base.assumingMemoryBound(to: UInt8.self)
        if let staticScales = shape.staticScales {
            scales[Int(layer)] = staticScales
            cache.static_scales = UnsafePointer(scales)
        }
        self.cache = cache
    }

    deinit { scales.deallocate() }

    /// The whole pool as it is now.
    var poolBytes: [UInt8] {
        Array(UnsafeRawBufferPointer(start: pool.base, count: pool.count))
    }

    /// Runs the rows in commands of `commands` rows, each cut into tiles of at most `tile` rows.
    func attend(command: Int? = nil, tile: Int = Int(LMK_TILE_ROWS), threads: UInt32 = 1) throws -> [Float] {
        let commands = stride(from: 0, to: rows, by: command ?? rows).map { first in
            let end = min(rows, first + (command ?? rows))
            return stride(from: first, to: end, by: tile).map { $0..<min($0 + tile, end) }
        }
        return try run(commands, threads: threads)
    }

    /// The outputs of single rows whose keys and values are in the cache, as sequences of their own that one command
    /// computes.
    func attendAgain(at positions: [Int], threads: UInt32) throws -> [Float] {
        let output = try run([positions.map { $0..<$0 + 1 }], threads: threads, areSequences: true)
        return positions.flatMap { output[$0 * shape.outputFloats..<($0 + 1) * shape.outputFloats] }
    }

    /// Runs commands of tiles.
    /// - Parameter areSequences: whether every tile has a block table of its own.
    private func run(
        _ commands: [[Range<Int>]], threads: UInt32, areSequences: Bool = false
    ) throws -> [Float] {
        let kernels = try isa.kernels()
        let workers = try #require(lmk_pool_create(threads))
        defer { lmk_pool_destroy(workers) }
        var limits = lmk_limits(
            threads: threads, rows: UInt32(rows), k: 64, head_dim: UInt32(shape.headDim),
            q_heads: UInt32(shape.qHeads))
        let workspace = GuardedBytes(count: lmk_workspace_bytes(&limits), filledWith: 0xFF)
        var rotated = qkv, output = [Float](repeating: .nan, count: rows * shape.outputFloats)
        let tables = areSequences ? commands.map(\.count).max() ?? 1 : 1
        let blocks = Array(repeating: self.blocks, count: tables).flatMap(\.self)
        for command in commands {
            blocks.withUnsafeBufferPointer { blocks in
                let tiles = command.enumerated().map { index, tile in
                    let table = areSequences ? index * self.blocks.count : 0
                    return lmk_attention_tile(
                        first_row: UInt32(tile.lowerBound), rows: UInt32(tile.count),
                        first_position: UInt32(tile.lowerBound), reserved: 0,
                        blocks: blocks.baseAddress.map { $0 + table })
                }
                run(tiles, workers, kernels, &limits, workspace.base, &rotated, &output)
            }
        }
        #expect(workspace.guardIsIntact && pool.guardIsIntact)
        return output
    }

    private func run(
        _ tiles: [lmk_attention_tile], _ workers: OpaquePointer, _ kernels: OpaquePointer,
        _ limits: inout lmk_limits, _ workspace: UnsafeMutableRawPointer, _ rotated: inout [Float],
        _ output: inout [Float]
    ) {
        let rope = ropeTable()
        let rows = tiles.reduce(0) { $0 + $1.rows }
        withUnsafePointer(to: cache) { cache in
            tiles.withUnsafeBufferPointer { tiles in
                rope.withUnsafeBufferPointer { rope in
                    rotated.withUnsafeMutableBufferPointer { rotated in
                        output.withUnsafeMutableBufferPointer { output in
                            var command = lmk_command()
                            command.op = LMK_OP_ATTENTION
                            command.attention = lmk_attention(
                                cache: cache, layer: layer, q_heads: UInt32(shape.qHeads),
                                window: UInt32(shape.window), rotary_dim: UInt32(rotaryDim), scale: scale,
                                qkv: rotated.baseAddress,
                                qkv_stride: shape.rowFloats, rope: rope.baseAddress,
                                tiles: tiles.baseAddress, tile_count: UInt32(tiles.count),
                                rows: rows, output: output.baseAddress,
                                output_stride: shape.outputFloats)
                            lmk_execute(workers, kernels, &command, 1, &limits, workspace)
                        }
                    }
                }
            }
        }
    }

    var scale: Float { 1 / Float(shape.headDim).squareRoot() }

    /// [rows][2][rotaryDim / 2]: any pairs on the unit circle.
    private func ropeTable() -> [Float] {
        var table: [Float] = []
        for row in 0..<rows {
            let sines = (0..<rotaryDim / 2).map { Float((row * 7 + $0 * 13) % 19) / 19 }
            table += sines.map { (1 - $0 * $0).squareRoot() } + sines
        }
        return table + [0]
    }
}
