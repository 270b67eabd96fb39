import ArgumentParser
import Commands
import Testing

/// `lmdeploy convert` as LMDeploy's eras spell it.
@Suite struct ConvertParsingTests {
    private func command(_ line: String) throws -> ConvertCommand {
        let arguments = ["convert"] + line.split(separator: " ").map(String.init)
        let command = try LMDeployTool.parseAsRoot(ArgumentNormalization.normalize(arguments))
        return try #require(command as? ConvertCommand)
    }

    private static let names: [(line: String, template: String?, model: String?)] = [
        ("m", nil, "m"), ("internlm-chat-7b m", "internlm-chat-7b", "m"), ("--model m", nil, "m"),
        ("--model_name t --model_path m", "t", "m"), ("t --model-path m", "t", "m"),
        ("m --model-name t", "t", "m"), ("", nil, nil),
    ]

    @Test(arguments: names)
    func templateAndModelAreNamedInAnyForm(line: String, template: String?, model: String?) throws {
        let named = try command(line).named()
        #expect(named.template == template && named.model == model)
    }

    @Test func optionsOfBothErasReachTheConversion() throws {
        let old = try command(
            "internlm-chat-7b m --model_format awq --group_size 128 --dst_path ./workspace_quant --tp 2")
        #expect(old.format.modelFormat == "awq" && old.format.groupSize == 128 && old.format.tp == 2)
        #expect(old.format.dstPath == "./workspace_quant")
        let new = try command("m --dtype w4 --tokenizer-path t --trust-remote-code --threads 3")
        #expect(new.format.dtype == "w4" && new.format.tokenizerPath == "t" && new.format.threads == 3)
        #expect(new.format.dstPath == "workspace" && new.format.tp == 1 && new.format.groupSize == 0)
    }

    @Test(arguments: [
        ("a b c", "'c' is one argument too many"), ("m --tp 0", "--tp is 0, expected at least 1"),
        ("m --group-size 48", "--group-size is 48, expected 32, 64 or 128"),
        ("m --model-format onnx", "--model-format is 'onnx', expected hf"),
        ("m --quant-path q", "--quant-path is 'q', expected nothing"),
        ("t m --model-name u", "the chat template is given twice, as 'u' and as 't'"),
        ("t m --model n", "the model is given twice, as 'n' and as 'm'"),
    ])
    func refusalsAreOneLineThatNamesTheOption(line: String, expected: String) throws {
        let arguments = ArgumentNormalization.normalize(
            ["convert"] + line.split(separator: " ").map(String.init))
        let error = try #require(throws: (any Error).self) { try LMDeployTool.parseAsRoot(arguments) }
        let message = CommandLineError.line(for: error, arguments: arguments)
        #expect(message.contains(expected), "\(message)")
        #expect(!message.contains("\n"))
    }
}
