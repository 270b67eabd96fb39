import Testing
import TurboMind

@Suite struct BlockPoolTests {
    @Test(arguments: [(0, 0), (1, 1), (63, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
    func blocksAreRoundedUp(tokens: Int, blocks: Int) {
        #expect(BlockPool.blocks(forTokens: tokens) == blocks)
    }

    @Test func takesLowNumbersFirstAndAllOrNothing() throws {
        var pool = BlockPool(capacity: 5)
        let taken = pool.take(3)
        let first = try #require(taken)
        #expect(first == [0, 1, 2])
        let tooMany = pool.take(3)
        #expect(tooMany == nil)
        #expect(pool.freeCount == 2)
        #expect(pool.checkIntegrity(held: first) == nil)
        pool.put(first)
        #expect(pool.freeCount == 5)
        let all = pool.take(5)
        #expect(all?.sorted() == [0, 1, 2, 3, 4])
    }

    @Test func integrityCheckSeesLostAndDoubledBlocks() throws {
        var pool = BlockPool(capacity: 4)
        let taken = pool.take(2)
        let held = try #require(taken)
        #expect(pool.checkIntegrity(held: [held[0]]) != nil)
        #expect(pool.checkIntegrity(held: [held[0], held[0]]) != nil)
        #expect(pool.checkIntegrity(held: [held[0], 3]) != nil)
    }
}
