/// A word is a token or unknown.
struct WordLevelModel: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int32

    func encode(_ bytes: [UInt8], in word: Range<Int>, into session: inout EncodingSession) {
        session.ids.append(vocabulary.id(ofText: bytes, in: word) ?? unknownID)
    }
}
