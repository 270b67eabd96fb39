import Commands
import Testing

@Suite struct PercentileTests {
    @Test(arguments: [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (0.75, 3.25), (1.0, 4.0)])
    func interpolatesBetweenTheTwoValuesAround(share: Double, expected: Double) {
        #expect([4, 1, 3, 2].percentile(share) == expected)
    }

    @Test func ofOneValueIsThatValue() {
        #expect([7.0].percentile(0.99) == 7)
    }

    @Test func ofNothingIsNoNumber() {
        #expect([Double]().percentile(0.5).isNaN)
        #expect([Double]().mean.isNaN)
    }
}
