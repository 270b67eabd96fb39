/// A decoder in the middle of a stream of tokens.
struct DecoderState: Sendable {
    /// What passes from one stage to the next: whole characters of a token, and where it ends.
    enum Event: Sendable {
        case text(ArraySlice<UInt8>)
        case end
    }

    private var stages: [DecoderStageState]
    private var text: [UInt8] = []

    init(_ decoder: Decoder) {
        stages = decoder.stages.map { DecoderStageState($0) }
    }

    mutating func append(_ token: ArraySlice<UInt8>) {
        append([.text(token), .end])
    }

    /// Many tokens at a time cost less than one by one.
    mutating func append(_ tokens: [Event]) {
        var events = tokens
        for index in stages.indices { events = stages[index].process(events) }
        take(events)
    }

    mutating func finish() {
        var events: [Event] = []
        for index in stages.indices {
            events = stages[index].process(events)
            events += stages[index].finish()
        }
        take(events)
    }

    /// What has become certain since the last call.
    mutating func takeText() -> String {
        defer { text.removeAll(keepingCapacity: true) }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func take(_ events: [Event]) {
        for case .text(let part) in events { text.append(contentsOf: part) }
    }
}
