import CKernels
import Testing

/// A small transformer as one command list: what the engine will run.
@Suite("execute: a model")
struct ExecuteLayerTests {
    static let vocabulary = 100
    static let hidden = 96
    static let inner = 160
    static let shape = AttentionShape(headDim: 32, qHeads: 3, kvHeads: 1, format: LMK_KV_FP16)
    static let layers = 3

    /// Weights that all runs share; W4 in the layers, as the default model has them.
    final class Weights {
        let embedding: ExecuteWeight
        let norm: ExecuteBuffer
        var qkv: [ExecuteWeight] = []
        var output: [ExecuteWeight] = []
        var gateUp: [ExecuteWeight] = []
        var down: [ExecuteWeight] = []

        init() throws {
            embedding = try ExecuteWeight(LMK_W8, n: vocabulary, k: hidden, seed: 1)
            norm = ExecuteBuffer([Float](repeating: 1.5, count: hidden))
            for seed in 0..<UInt64(layers) {
                func weight(_ n: Int, _ k: Int, _ offset: UInt64) throws -> ExecuteWeight {
                    try ExecuteWeight(LMK_W4, group: 32, n: n, k: k, seed: seed * 10 + offset)
                }
                qkv.append(try weight(shape.rowFloats, hidden, 2))
                output.append(try weight(hidden, shape.outputFloats, 3))
                gateUp.append(try weight(2 * inner, hidden, 4))
                down.append(try weight(hidden, inner, 5))
            }
        }
    }

    /// Two sequences with their caches, run in steps of any number of rows.
    final class Model {
        let weights: Weights
        let machine: ExecuteMachine
        let cache: UnsafeMutablePointer<lmk_kv_cache>
        let pool: GuardedBytes
        let tables: [[Int32]] = [[3, 0], [1, 2]]

        init(_ weights: Weights, _ isa: VectorISA, threads: Int) throws {
            self.weights = weights
            machine = try ExecuteMachine(isa, threads: threads, rows: 200, k: 160, headDim: 32, qHeads: 3)
            cache = .allocate(capacity: 1)
            cache.initialize(
                to: lmk_kv_cache(
                    format: shape.format, head_dim: 32, kv_heads: 1, layers: UInt32(layers),
                    block_tokens: 64, static_scales: nil, pool: nil))
            pool = GuardedBytes(count: lmk_kv_block_bytes(cache) * 4)
            cache.pointee.pool = pool.base.assumingMemoryBound(to: UInt8.self)
        }

        deinit { cache.deallocate() }

        /// The logits of every row of `parts`: (sequence, positions).
        func step(_ parts: [(sequence: Int, positions: Range<Int>)]) -> [[UInt32]] {
            let rows = parts.reduce(0) { $0 + $1.positions.count }
            let tokens = parts.flatMap { part in
                part.positions.map { Int32(($0 * 31 + part.sequence * 57) % vocabulary) }
            }
            let rope = parts.flatMap { part in
                part.positions.flatMap { position in
                    let sines = (0..<16).map { Float((position * 5 + $0) % 23) / 23 }
                    return sines.map { (1 - $0 * $0).squareRoot() } + sines
                }
            }
            let buffers = Buffers(rows: rows, rope: rope)
            tokens.withUnsafeBufferPointer { tokens in
                tables[0].withUnsafeBufferPointer { first in
                    tables[1].withUnsafeBufferPointer { second in
                        let blocks = [first.baseAddress, second.baseAddress]
                        let tiles = Self.tiles(parts, blocks)
                        tiles.withUnsafeBufferPointer {
                            machine.execute(commands(rows, tokens.baseAddress, $0, buffers))
                        }
                    }
                }
            }
            let logits = buffers.logits.values.bitPatterns
            return (0..<rows).map { Array(logits[$0 * vocabulary..<($0 + 1) * vocabulary]) }
        }

        private static func tiles(
            _ parts: [(sequence: Int, positions: Range<Int>)], _ blocks: [UnsafePointer<Int32>?]
        ) -> [lmk_attention_tile] {
            var tiles: [lmk_attention_tile] = [], row = 0
            for part in parts {
                for start in stride(from: part.positions.lowerBound, to: part.positions.upperBound, by: 32) {
                    let count = min(32, part.positions.upperBound - start)
                    tiles.append(
                        lmk_attention_tile(
                            first_row: UInt32(row), rows: UInt32(count), first_position: UInt32(start),
                            reserved: 0, blocks: blocks[part.sequence]))
                    row += count
                }
            }
            return tiles
        }

        private func commands(
            _ rows: Int, _ tokens: UnsafePointer<Int32>?, _ tiles: UnsafeBufferPointer<lmk_attention_tile>,
            _ b: Buffers
        ) -> [lmk_command] {
            var list = [
                lmk_command(
                    lmk_embed(
                        table: weights.embedding.matrix, tokens: tokens, output: b.hidden.base,
                        output_stride: ExecuteLayerTests.hidden, rows: UInt32(rows)))
            ]
            for layer in 0..<layers {
                let qkv = lmk_linear(
                    weights.qkv[layer], LMK_PROLOGUE_RMSNORM, from: b.hidden, to: b.qkv, rows: rows,
                    norm: weights.norm)
                let attention = lmk_attention(
                    cache: cache, layer: UInt32(layer), q_heads: 3, window: 0, rotary_dim: 32, scale: 0.17,
                    qkv: b.qkv.base, qkv_stride: shape.rowFloats, rope: b.rope.base, tiles: tiles.baseAddress,
                    tile_count: UInt32(tiles.count), rows: UInt32(rows), output: b.attended.base,
                    output_stride: shape.outputFloats)
                let output = lmk_linear(
                    weights.output[layer], from: b.attended, to: b.hidden, rows: rows, accumulate: true)
                let gateUp = lmk_linear(
                    weights.gateUp[layer], LMK_PROLOGUE_RMSNORM, from: b.hidden, to: b.gateUp, rows: rows,
                    norm: weights.norm)
                let down = lmk_linear(
                    weights.down[layer], LMK_PROLOGUE_SILU_MUL, from: b.gateUp, to: b.hidden, rows: rows,
                    accumulate: true)
                list += [
                    lmk_command(qkv), lmk_command(attention), lmk_command(output), lmk_command(gateUp),
                    lmk_command(down),
                ]
            }
            let head = lmk_linear(
                weights.embedding, LMK_PROLOGUE_RMSNORM, from: b.hidden, to: b.logits, rows: rows,
                norm: weights.norm)
            return list + [lmk_command(head)]
        }
    }

    final class Buffers {
        let hidden: ExecuteBuffer
        let qkv: ExecuteBuffer
        let attended: ExecuteBuffer
        let gateUp: ExecuteBuffer
        let logits: ExecuteBuffer
        let rope: ExecuteBuffer

        init(rows: Int, rope: [Float]) {
            hidden = ExecuteBuffer(zeros: rows * ExecuteLayerTests.hidden)
            qkv = ExecuteBuffer(zeros: rows * shape.rowFloats)
            attended = ExecuteBuffer(zeros: rows * shape.outputFloats)
            gateUp = ExecuteBuffer(zeros: rows * 2 * inner)
            logits = ExecuteBuffer(zeros: rows * vocabulary)
            self.rope = ExecuteBuffer(rope)
        }
    }

    @Test("logits depend on the sequence alone", arguments: VectorISA.supported)
    func logitsDependOnTheSequenceAlone(isa: VectorISA) throws {
        let weights = try Weights()
        let alone = try Model(weights, isa, threads: 1).step([(0, 0..<90)])
        #expect(Set(alone).count == 90, "rows of different positions differ")
        #expect(alone.joined().allSatisfy { Float(bitPattern: $0).isFinite })

        for threads in [1, 2, 4] {
            // In chunks, beside another sequence's prompt, then decoding together.
            let model = try Model(weights, isa, threads: threads)
            var rows = model.step([(0, 0..<7)])
            rows += model.step([(1, 0..<40), (0, 7..<71)])[40...]
            rows += model.step([(0, 71..<72), (1, 40..<45)])[..<1]
            for position in 72..<90 {
                rows += model.step([(1, position - 27..<position - 26), (0, position..<position + 1)])[1...]
            }
            #expect(same(rows, alone), "\(threads) threads")
            #expect(model.machine.guardIsIntact && model.pool.guardIsIntact)
        }
    }
}
