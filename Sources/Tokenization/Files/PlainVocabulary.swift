/// Writes vocabularies that come without a `tokenizer.json` as one: that is what transformers makes of them,
/// too, and there is one reader for all.
enum PlainVocabulary {
    /// GPT-2's `vocab.json` and `merges.txt`.
    static func bytePairJSON(
        vocab: [UInt8], merges: [UInt8], addsPrefixSpace: Bool
    ) -> [UInt8] {
        var json = JSONWriter()
        json.raw(#"{"version":"1.0","added_tokens":[],"normalizer":null,"#)
        json.raw(#""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":"# + "\(addsPrefixSpace)},")
        json.raw(#""decoder":{"type":"ByteLevel"},"post_processor":{"type":"ByteLevel"},"#)
        json.raw(#""model":{"type":"BPE","merges":["#)
        var isFirst = true
        for line in merges.split(separator: 0x0A) {
            let line = line.last == 0x0D ? line.dropLast() : line
            guard !line.isEmpty, !(isFirst && line.starts(with: "#version".utf8)) else { continue }
            if !isFirst { json.raw(",") }
            json.string(line)
            isFirst = false
        }
        json.raw(#"],"vocab":"#)
        json.bytes += vocab
        json.raw("}}")
        return json.bytes
    }

    /// BERT's `vocab.txt`: one token on a line.
    ///
    /// - Parameter special: Ids of the tokens that are found in the text itself.
    static func wordPieceJSON(
        _ tokens: [[UInt8]], special: [Int32], unknown: [UInt8], lowercases: Bool, stripsAccents: Bool?,
        splitsChinese: Bool = true
    ) -> [UInt8] {
        var json = JSONWriter()
        json.raw(#"{"version":"1.0","added_tokens":["#)
        for (index, id) in special.enumerated() {
            json.raw(index == 0 ? #"{"id":"# : #",{"id":"#)
            json.raw(#"\#(id),"special":true,"normalized":false,"content":"#)
            json.string(tokens[Int(id)][...])
            json.raw("}")
        }
        json.raw(#"],"normalizer":{"type":"BertNormalizer","clean_text":true,"lowercase":\#(lowercases),"#)
        json.raw(#""handle_chinese_chars":\#(splitsChinese),"#)
        json.raw(#""strip_accents":"# + (stripsAccents.map { "\($0)" } ?? "null") + "},")
        json.raw(#""pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":null,"#)
        json.raw(###""decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"###)
        json.raw(###""model":{"type":"WordPiece","continuing_subword_prefix":"##","unk_token":"###)
        json.string(unknown[...])
        json.raw(#","max_input_chars_per_word":100,"vocab":{"#)
        for (index, token) in tokens.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(token[...])
            json.raw(":\(index)")
        }
        json.raw("}}}")
        return json.bytes
    }
}
