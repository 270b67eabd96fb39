/// The expressions of widely used tokenizers, in the grammar of Oniguruma.
enum KnownExpressions {
    private static let contractions = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)"#
    private static let tail = #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    private static let head = #"[^\r\n\p{L}\p{N}]?"#

    /// Words by their capitals, as in o200k; `suffix` after each word.
    private static func words(_ upper: String, _ lower: String, suffix: String) -> String {
        "\(head)\(upper)*\(lower)+\(suffix)|\(head)\(upper)+\(lower)*\(suffix)"
    }

    /// o200k: GPT-4o, Llama 4.
    static let o200k =
        words(upper, lower, suffix: contractions + "?")
        + #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    /// Mistral's Tekken.
    static let tekken =
        words(upper, lower, suffix: "") + #"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    static let youtu =
        words(upper, lower, suffix: contractions + "?")
        + #"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    static let kimi =
        #"[\p{Han}]+|"#
        + words(
            #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"#, #"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"#,
            suffix: contractions + "?") + #"|\p{N}{1,3}|"# + tail
    /// Qwen 3.5: marks belong to letters.
    static let qwen35 =
        contractions
        + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    /// cl100k without contractions.
    static let plainWords = head + #"\p{L}+|\p{N}|"# + tail
    static let bailing =
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*"#
        + #"|\s*[\r\n]|\s+(?!\S)|\s+"#
    static let seedCoder =
        contractions + "|" + head + #"\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"#
    static let exaoneMixture =
        contractions + "|" + head + #"(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"#
        + #"|\s*[\r\n]|\s+(?!\S)|\s+"#
    /// Spaces in runs of powers of two.
    static let jais2 =
        contractions + "|" + head + #"\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"#
        + [512, 256, 128, 64, 32, 16, 8, 4].map { #"\s{\#($0)}(?!\S)|"# }.joined() + #"\s{1,2}(?!\S)|\s{1}"#
    static let minicpm5 = contractions + "|" + head + #"\p{L}+|\p{N}+|"# + tail
    /// DeepSeek V3: punctuation joins the Latin word after it.
    static let deepSeek3 = asciiPunctuationWords + #"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    static let spark = asciiPunctuationWords + #"|[\r\n]|\s+(?!\S)|\s+"#
    private static let asciiPunctuationWords =
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
        + #"| ?[\p{P}\p{S}]+"#
    static let chineseAndKana = "[一-龥\u{3040}-ゟ゠-ヿ]+"
    /// DeepSeek's first models.
    static let chinese = "[一-龥\u{800}-一가-\u{D7FF}]+"
    static let fullWidthPunctuation = "\\s?[!-/:-~！-／：-～‘-‟\u{3000}-。]+"
    /// Letters with case.
    static let casedWords =
        #"\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-"#
        + #"\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1"#
        + #"\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-"#
        + #"\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15"#
        + #"\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D"#
        + #"\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB"#
        + #"\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D"#
        + #"\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183"#
        + #"\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B"#
        + #"\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-"#
        + #"\uFF3A\uFF41-\uFF5A\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-"#
        + #"\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+"#
    static let bloom = " ?[^(\\s|.,!?…。，、।۔،)]+"
    static let youtuScripts =
        "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-\u{303F}︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\u{3040}-ゟ゠-ヿ]+"
    /// Digits in threes from the right.
    static let digitsFromRight = #"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))"#
    static let asianScripts =
        "[一-\u{9FFF}㐀-\u{4DBF}豈-\u{FAFF}\u{3040}-ゟ゠-ヿ\u{FF65}-ﾟ\u{2F00}-\u{2FDF}"
        + "\u{E40}-\u{E7F}\u{E80}-\u{EFF}\u{1780}-\u{17FF}\u{1000}-\u{109F}\u{AA60}-\u{AA7F}"
        + "\u{A9E0}-\u{A9FF}가-\u{D7AF}\u{1100}-\u{11FF}]+"
}
