import Testing
import TurboMind

@Suite struct BlockManagerTests {
    private func key(_ parent: UInt64, _ tokens: [Int32]) -> PrefixKey {
        PrefixKey(parent: parent, tokens: tokens)
    }

    private func allocate(_ manager: inout BlockManager) throws -> Int32 {
        let block = manager.allocate()
        return try #require(block)
    }

    @Test(arguments: [(0, 0), (1, 1), (63, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
    func blocksAreRoundedUp(tokens: Int, blocks: Int) {
        #expect(BlockManager(capacity: 1).blocks(forTokens: tokens) == blocks)
    }

    @Test func takesLowNumbersFirstAndGivesNothingWhenAllAreInUse() {
        var manager = BlockManager(capacity: 3)
        let taken = (0..<4).map { _ in manager.allocate() }
        #expect(taken == [0, 1, 2, nil])
        #expect(manager.activeCount == 3)
        manager.release(1)
        let again = manager.allocate()
        #expect(again == 1)
        #expect(manager.checkIntegrity(held: [0, 1, 2]) == nil)
    }

    @Test func aSealedBlockIsFoundByItsTokensAndWhatCameBefore() throws {
        var manager = BlockManager(capacity: 4, tokensPerBlock: 2)
        let first = try allocate(&manager)
        let sealed = manager.seal(first, key(0, [1, 2]))
        #expect(sealed == first)
        let content = manager.content(of: first)
        let second = try allocate(&manager)
        _ = manager.seal(second, key(content, [3, 4]))
        manager.release(second)
        manager.release(first)
        #expect(manager.cachedCount == 2 && manager.freeCount == 2)
        let otherParent = manager.match(key(content &+ 7, [3, 4]))
        let otherTokens = manager.match(key(content, [3, 5]))
        #expect(otherParent == nil && otherTokens == nil)
        let found = [manager.match(key(0, [1, 2])), manager.match(key(content, [3, 4]))]
        #expect(found == [first, second])
        #expect(manager.checkIntegrity(held: [first, second]) == nil)
    }

    @Test func theSameContentIsHeldOnce() throws {
        var manager = BlockManager(capacity: 4, tokensPerBlock: 2)
        let one = try allocate(&manager)
        let other = try allocate(&manager)
        _ = manager.seal(one, key(0, [1, 2]))
        let kept = manager.seal(other, key(0, [1, 2]))
        #expect(kept == one)
        #expect(manager.freeCount == 3)
        #expect(manager.checkIntegrity(held: [one, one]) == nil)
    }

    @Test func theLeastRecentlyUsedBlockIsTakenFirst() throws {
        var manager = BlockManager(capacity: 3, tokensPerBlock: 1)
        for token in Int32(0)..<3 {
            let block = try allocate(&manager)
            _ = manager.seal(block, key(0, [token]))
        }
        for block in [Int32(1), 0, 2] { manager.release(block) }
        let used = manager.match(key(0, [1]))
        #expect(used == 1)
        manager.release(1)
        let order = (0..<3).map { _ in manager.allocate() }
        #expect(order == [0, 2, 1])
        let gone = manager.match(key(0, [1]))
        #expect(gone == nil)
    }

    @Test func aClaimCheckIsGoodUntilTheBlockIsHandedOutAgain() throws {
        var manager = BlockManager(capacity: 1)
        let block = try allocate(&manager)
        let reference = manager.reference(to: block)
        manager.release(block, isKept: true)
        let first = manager.claim(reference, isWritten: true)
        #expect(first)
        let second = manager.claim(reference, isWritten: true)
        #expect(!second, "a block that is written has one user")
        manager.release(block, isKept: true)
        let again = try allocate(&manager)
        #expect(again == block)
        let stale = manager.claim(reference, isWritten: false)
        #expect(!stale)
        manager.release(block)
        let freed = manager.claim(manager.reference(to: block), isWritten: false)
        #expect(!freed, "nobody kept it")
    }

    @Test func aSealedBlockIsNotGivenForWriting() throws {
        var manager = BlockManager(capacity: 1, tokensPerBlock: 2)
        let block = try allocate(&manager)
        _ = manager.seal(block, key(0, [1, 2]))
        let reference = manager.reference(to: block)
        manager.release(block)
        let forWriting = manager.claim(reference, isWritten: true)
        let forReading = manager.claim(reference, isWritten: false)
        #expect(!forWriting && forReading)
    }

    @Test func forgettingFreesWhatOnlyAClaimCheckRefersTo() throws {
        var manager = BlockManager(capacity: 2, tokensPerBlock: 2)
        let kept = try allocate(&manager)
        let sealed = try allocate(&manager)
        _ = manager.seal(sealed, key(0, [1, 2]))
        let references = [kept, sealed].map { manager.reference(to: $0) }
        manager.release(kept, isKept: true)
        manager.release(sealed, isKept: true)
        references.forEach { manager.forget($0) }
        #expect(manager.freeCount == 1 && manager.cachedCount == 1)
        #expect(manager.checkIntegrity(held: []) == nil)
    }

    @Test func theIntegrityCheckSeesLostAndDoubledUsers() throws {
        var manager = BlockManager(capacity: 4)
        let block = try allocate(&manager)
        #expect(manager.checkIntegrity(held: [block]) == nil)
        #expect(manager.checkIntegrity(held: []) != nil)
        #expect(manager.checkIntegrity(held: [block, block]) != nil)
        #expect(manager.checkIntegrity(held: [block, 3]) != nil)
    }
}
