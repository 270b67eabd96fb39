import LMDeploy
import Testing

@Suite struct StopMatcherTests {
    private func run(_ pieces: [String], stop: [String]) -> (text: String, isStopped: Bool) {
        var matcher = StopMatcher(stopWords: stop)
        var text = ""
        for piece in pieces {
            let result = matcher.append(piece)
            text += result.text
            if result.isStopped { return (text, true) }
        }
        return (text + matcher.finish(), false)
    }

    @Test func aStopWordThatSpansPiecesIsFoundHoweverItIsCut() {
        let text = "One two END three"
        for cut in 0...text.count {
            let index = text.index(text.startIndex, offsetBy: cut)
            let result = run([String(text[..<index]), String(text[index...])], stop: ["END"])
            #expect(result.text == "One two " && result.isStopped)
        }
        #expect(run(text.map(String.init), stop: ["END"]).text == "One two ")
    }

    @Test func textThatOnlyBeginsAStopWordIsGivenBackInTheEnd() {
        let result = run(["abc EN"], stop: ["END"])
        #expect(result.text == "abc EN" && !result.isStopped)
    }

    @Test func aFalseStartIsReleasedAsSoonAsItIsOne() {
        var matcher = StopMatcher(stopWords: ["###"])
        #expect(matcher.append("a##").text == "a")
        #expect(matcher.append("b").text == "##b")
    }

    @Test func theEarliestOfSeveralStopWordsWins() {
        #expect(run(["say yes or no"], stop: ["no", "yes"]).text == "say ")
    }

    @Test func overlappingBeginningsAreFound() {
        #expect(run(["aab", "aabc"], stop: ["aabc"]).text == "aab")
    }

    @Test func wordsOfSeveralBytesAreNeverCutInside() {
        let result = run(["你", "好", "再", "见", "了"], stop: ["再见"])
        #expect(result.text == "你好" && result.isStopped)
    }

    @Test func withoutStopWordsTextPassesThrough() {
        #expect(run(["a", "", "b"], stop: []).text == "ab")
        #expect(run(["a"], stop: [""]).text == "a")
    }
}
