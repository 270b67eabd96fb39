import Evaluation
import Testing

@Suite struct StridedWindowsTests {
    struct Case: Sendable {
        var tokens: Int
        var length: Int
        var stride: Int
        /// First and last token (excluded) of each window, first label, and first token that is foreseen.
        var windows: [[Int]]
        var weights: [Int]
    }

    static let cases = [
        Case(
            tokens: 10, length: 4, stride: 2,
            windows: [[0, 4, 0, 1], [2, 6, 4, 4], [4, 8, 6, 6], [6, 10, 8, 8]], weights: [3, 1, 1, 1]),
        Case(
            tokens: 10, length: 4, stride: 4, windows: [[0, 4, 0, 1], [4, 8, 4, 5], [8, 10, 8, 9]],
            weights: [3, 3, 1]),
        // The last window adds one token, which the recipe weighs with nothing.
        Case(
            tokens: 7, length: 4, stride: 2, windows: [[0, 4, 0, 1], [2, 6, 4, 4], [4, 7, 6, 6]],
            weights: [3, 1, 0]),
        // Nothing foresees a window's only token.
        Case(
            tokens: 9, length: 4, stride: 4, windows: [[0, 4, 0, 1], [4, 8, 4, 5], [8, 9, 8, 9]],
            weights: [3, 3, 0]),
        Case(tokens: 3, length: 8, stride: 5, windows: [[0, 3, 0, 1]], weights: [2]),
        Case(tokens: 2, length: 2, stride: 1, windows: [[0, 2, 0, 1]], weights: [1]),
    ]

    @Test(arguments: cases)
    func windowsAreTheRecipes(_ test: Case) throws {
        let windows = try StridedWindows(
            tokenCount: test.tokens, maxLength: test.length, stride: test.stride, limit: 100)
        let found = windows.windows.map {
            [$0.tokens.lowerBound, $0.tokens.upperBound, $0.labels.lowerBound, $0.foreseen.lowerBound]
        }
        #expect(found == test.windows)
        #expect(windows.windows.map(\.weight) == test.weights)
        #expect(windows.computedTokens == test.windows.reduce(0) { $0 + $1[1] - $1[0] })
    }

    @Test func everyTokenButTheFirstIsForeseenOnceWhereWindowsOverlap() throws {
        for (tokens, length, stride) in [(100, 16, 15), (100, 16, 1), (97, 30, 7), (16, 16, 3)] {
            let windows = try StridedWindows(
                tokenCount: tokens, maxLength: length, stride: stride, limit: length)
            #expect(windows.windows.flatMap { Array($0.foreseen) } == Array(1..<tokens))
        }
    }

    struct BadCase: Sendable {
        var tokens = 100
        var length = 16
        var stride = 8
        var message: String
    }

    @Test(arguments: [
        BadCase(length: 1, message: "--max-length is 1, expected 2...64 for this model"),
        BadCase(length: 65, message: "--max-length is 65, expected 2...64 for this model"),
        BadCase(
            stride: 17,
            message: "--stride is 17, expected 1...16, the window's length: a wider stride leaves tokens out"),
        BadCase(
            stride: 0,
            message: "--stride is 0, expected 1...16, the window's length: a wider stride leaves tokens out"),
        BadCase(tokens: 1, message: "the text has 1 tokens, expected at least 2: give a longer text"),
        BadCase(tokens: 0, message: "the text has 0 tokens, expected at least 2: give a longer text"),
    ])
    func whatCannotBeCutIsRefused(_ test: BadCase) {
        let error = #expect(throws: EvaluationError.self) {
            try StridedWindows(
                tokenCount: test.tokens, maxLength: test.length, stride: test.stride, limit: 64)
        }
        #expect(error?.description == test.message)
    }
}
