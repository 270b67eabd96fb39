import Commands
import Testing

@Suite struct ByteSizeTests {
    @Test(arguments: [
        ("1", 1), ("1048576", 1 << 20), ("2GiB", 2 << 30), ("500 MB", 500_000_000), ("1.5g", 3 << 29),
        ("64KiB", 64 << 10), ("7kb", 7000), ("3T", 3 << 40), ("12b", 12),
    ])
    func readsSizesAsPeopleWriteThem(text: String, bytes: Int) {
        #expect(ByteSize(text)?.bytes == bytes)
    }

    @Test(arguments: ["", "GiB", "0", "-1MB", "1e9", "two", "1.2.3M", "0x10", "nan", "inf", "99999999999T"])
    func refusesWhatIsNoSize(text: String) {
        #expect(ByteSize(text) == nil)
    }
}
