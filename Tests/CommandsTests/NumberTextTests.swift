import Commands
import Testing

@Suite struct NumberTextTests {
    @Test(arguments: [
        (0.0, 0, "0"), (0.0, 2, "0.00"), (1.005, 1, "1.0"), (12.345, 2, "12.35"), (0.05, 2, "0.05"),
        (0.049, 1, "0.0"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (999.96, 1, "1000.0"),
        (1234567, 0, "1234567"),
        (.nan, 1, "-"), (.infinity, 1, "-"), (1e300, 2, "-"),
    ])
    func fixedDecimals(value: Double, decimals: Int, expected: String) {
        #expect(value.fixed(decimals) == expected)
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (98_362_432, "93.8 MiB"), (1 << 30, "1.0 GiB"),
        ((1 << 30) - 1, "1.0 GiB"), (Int.max, "8.0 EiB"),
    ])
    func bytesForPeople(bytes: Int, expected: String) {
        #expect(bytes.byteText == expected)
    }

    @Test func tablesAlign() {
        let lines = TextTable.lines(header: ["a", "bb"], rows: [["long", "1"], ["x", "22222"]])
        #expect(lines == ["a        bb", "long      1", "x     22222"])
    }
}
