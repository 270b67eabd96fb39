/// Finds the data of server-sent events in bytes that arrive in pieces.
package struct ServerEventParser {
    private var line: [UInt8] = []
    private var data: [UInt8]?

    package init() {}

    /// - Returns: the data of the events that are complete now.
    package mutating func append(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty {
                if let data { events.append(data) }
                data = nil
            } else if line.starts(with: "data:".utf8) {
                var value = line.dropFirst(5)
                if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
                data = data.map { $0 + [UInt8(ascii: "\n")] + value } ?? Array(value)
            }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }
}
