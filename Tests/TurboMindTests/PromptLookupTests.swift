import Testing
import TurboMind

@Suite struct PromptLookupTests {
    private func drafts(_ lookup: inout PromptLookup, _ tokens: [Int32], atMost limit: Int) -> [Int32] {
        Array(lookup.drafts(for: tokens, atMost: limit))
    }

    @Test func guessesWhatFollowedTheLastThreeTokensBefore() {
        var lookup = PromptLookup()
        let found = drafts(&lookup, [1, 2, 3, 4, 5, 6, 1, 2, 3], atMost: 8)
        #expect(found == [4, 5, 6, 1])
    }

    @Test func prefersTheLatestOccurrence() {
        var lookup = PromptLookup()
        let found = drafts(&lookup, [1, 2, 3, 7, 1, 2, 3, 8, 1, 2, 3], atMost: 1)
        #expect(found == [8])
    }

    @Test func guessesNothingWithoutAnOccurrenceOrRoom() {
        var lookup = PromptLookup()
        for tokens: [Int32] in [[], [1, 2, 3], [1, 2, 3, 4]] {
            #expect(drafts(&lookup, tokens, atMost: 4).isEmpty)
        }
        #expect(drafts(&lookup, [1, 2, 3, 4, 1, 2, 3], atMost: 0).isEmpty)
    }

    @Test func entersTokensAsTheyCome() {
        var lookup = PromptLookup()
        var tokens: [Int32] = [5, 6, 7, 8]
        #expect(drafts(&lookup, tokens, atMost: 2).isEmpty)
        tokens += [5, 6, 7]
        #expect(drafts(&lookup, tokens, atMost: 2) == [8, 5])
    }

    @Test func guessesMoreAfterSuccessAndLessAfterAMiss() {
        var lookup = PromptLookup()
        let tokens = Array((0..<40).map { Int32($0) }) + [0, 1, 2]
        #expect(drafts(&lookup, tokens, atMost: 100).count == 4)
        lookup.note(drafts: 4, accepted: 4)
        #expect(drafts(&lookup, tokens, atMost: 100).count == 8)
        lookup.note(drafts: 8, accepted: 2)
        #expect(drafts(&lookup, tokens, atMost: 100).count == 2)
        lookup.note(drafts: 2, accepted: 0)
        #expect(drafts(&lookup, tokens, atMost: 100).count == 1)
    }
}
