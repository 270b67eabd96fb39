internal import Tensors

/// A KV cache that is larger than the machine's caches, all of its blocks in use.
final class ColdCache {
    let storage: KVCacheStorage
    private let blocks: UnsafeMutablePointer<Int32>

    /// Layers of a block. Fewer than models have, so that blocks stay small.
    static let layers = 8

    static func byteCount(
        _ element: KVCacheShape.Element, _ heads: HeadShape, coldBytes: Int, longestContext: Int
    ) -> Int {
        let shape = KVCacheShape(element, heads, layers: layers)
        return shape.bytesPerBlock * blockCount(shape, coldBytes, longestContext)
    }

    private static func blockCount(_ shape: KVCacheShape, _ coldBytes: Int, _ longestContext: Int) -> Int {
        let cold = (coldBytes + shape.bytesPerBlock - 1) / shape.bytesPerBlock
        return max(cold, blocks(of: longestContext, shape), 2)
    }

    private static func blocks(of context: Int, _ shape: KVCacheShape) -> Int {
        (context + shape.tokensPerBlock - 1) / shape.tokensPerBlock
    }

    init(
        _ element: KVCacheShape.Element, _ heads: HeadShape, coldBytes: Int, longestContext: Int,
        pool: WorkerPool, kernels: Kernels
    ) throws(TensorError) {
        let shape = KVCacheShape(element, heads, layers: Self.layers)
        let count = Self.blockCount(shape, coldBytes, longestContext)
        storage = try KVCacheStorage(shape: shape, blocks: count)
        blocks = .allocate(capacity: count)
        for block in 0..<count { blocks[block] = Int32(block) }
        try fill(heads, pool, kernels)
    }

    deinit { blocks.deallocate() }

    /// As many sequences of `context` tokens as have room: for each, tiles of its last `rows` rows.
    func sequences(context: Int, rows: Int) -> [AttentionTiles] {
        let length = Self.blocks(of: context, storage.shape)
        return (0..<storage.blocks / length).map { sequence in
            let tiles = AttentionTiles(capacity: rows / AttentionTiles.maximumRows + 1)
            tiles.append(
                firstRow: 0, rows: rows, firstPosition: context - rows,
                // SAFETY: the sequence's `length` blocks lie within the `storage.blocks` that were allocated.
                blocks: blocks + sequence * length)
            return tiles
        }
    }

    /// Stores a block of tokens as the engine does, and copies it to all other blocks.
    private func fill(_ heads: HeadShape, _ pool: WorkerPool, _ kernels: Kernels) throws(TensorError) {
        let tokens = storage.shape.tokensPerBlock
        let scratch = try LabScratch(
            threads: pool.threads, rows: tokens, inputs: heads.queryKeyValueWidth, outputs: heads.queryWidth,
            heads: heads)
        let tiles = AttentionTiles(capacity: tokens / AttentionTiles.maximumRows + 1)
        tiles.append(firstRow: 0, rows: tokens, firstPosition: 0, blocks: blocks)
        var stream = CommandStream()
        for layer in 0..<Self.layers {
            stream.attention(
                cache: storage, layer: layer, queryHeads: heads.queryHeads, rotaryDimension: 0, scale: 0.1,
                queryKeyValue: RowPointer(scratch.input.base, stride: heads.queryKeyValueWidth),
                rope: scratch.rope.base, tiles: tiles, rows: tokens,
                output: RowPointer(scratch.output.base, stride: heads.queryWidth))
        }
        stream.execute(on: pool, kernels: kernels, workspace: scratch.workspace)
        for block in 1..<storage.blocks { storage.copyBlock(0, to: block) }
    }
}
