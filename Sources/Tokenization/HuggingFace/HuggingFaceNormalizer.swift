/// The `normalizer` of a `tokenizer.json`.
enum HuggingFaceNormalizer {
    static func stages(_ field: JSONField?) throws(TokenizerError) -> [Normalizer.Stage] {
        var stages: [Normalizer.Stage] = []
        for component in try HuggingFaceComponent.flattened(field, members: "normalizers") {
            stages += try stage(component)
        }
        return stages
    }

    private static func stage(
        _ component: HuggingFaceComponent
    ) throws(TokenizerError) -> [Normalizer.Stage] {
        let field = component.field
        switch component.type {
        case "NFC": return [.form(.nfc)]
        case "NFD": return [.form(.nfd)]
        case "NFKC": return [.form(.nfkc)]
        case "NFKD": return [.form(.nfkd)]
        case "Lowercase": return [.lowercase]
        case "StripAccents": return [.stripAccents]
        case "Nmt": return [.translationSpaces]
        case "ByteLevel": return [.byteAlphabet]
        case "Strip", "StripNormalizer":
            return [
                .strip(
                    left: try field.flag("strip_left", default: true),
                    right: try field.flag("strip_right", default: true))
            ]
        case "Prepend":
            let prefix = Array(try field.required("prepend").bytes())
            return prefix.isEmpty ? [] : [.prepend(prefix)]
        case "Replace":
            return [
                .replace(try component.pattern(), content: Array(try field.required("content").bytes()))
            ]
        case "Precompiled":
            // A missing table changes nothing.
            guard let table = try field.member("precompiled_charsmap"), !(try table.bytes().isEmpty) else {
                return []
            }
            return [.characterMap(try CharacterMap(try Base64.decode(table), field: table.path))]
        case "BertNormalizer", "Bert":
            let lowercases = try field.flag("lowercase", default: true)
            return [
                .bert(
                    BertNormalizer(
                        cleansText: try field.flag("clean_text", default: true),
                        separatesChinese: try field.flag("handle_chinese_chars", default: true),
                        stripsAccents: try field.flag("strip_accents", default: lowercases),
                        lowercases: lowercases))
            ]
        default:
            throw component.unknown(
                expected: "NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt, Precompiled, Replace, "
                    + "Prepend, ByteLevel, BertNormalizer or Sequence")
        }
    }
}
