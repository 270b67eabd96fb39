import ArgumentParser
import Commands
import LMDeploy
import Testing

@Suite struct CommandParsingTests {
    private func chat(_ line: String) throws -> ChatCommand {
        let arguments = ["chat"] + line.split(separator: " ").map(String.init)
        let command = try LMDeployTool.parseAsRoot(ArgumentNormalization.normalize(arguments))
        return try #require(command as? ChatCommand)
    }

    private func errorLine(_ line: String) -> String? {
        let arguments = ArgumentNormalization.normalize(line.split(separator: " ").map(String.init))
        do {
            _ = try LMDeployTool.parseAsRoot(arguments)
            return nil
        } catch {
            return CommandLineError.line(for: error, arguments: arguments)
        }
    }

    @Test func defaultsAreTheOnesOfLMDeploysChat() throws {
        let command = try chat("")
        #expect(command.model.model == nil)
        #expect(
            command.sampling.generationConfig
                == GenerationConfig(maxNewTokens: 4096, doSample: true, topP: 1, topK: 50, temperature: 0.8))
        #expect(command.engine.engineConfig(maxBatchSize: 1) == TurbomindEngineConfig(maxBatchSize: 1))
        #expect(command.conversation.capability == .chat)
    }

    @Test(arguments: [
        "MODEL", "--model MODEL", "turbomind MODEL", "turbomind --model=MODEL", "MODEL --model MODEL",
    ])
    func theModelIsPositionalOrAFlag(line: String) throws {
        #expect(try chat(line).model.model == "MODEL")
    }

    @Test func everyOptionReachesItsConfiguration() throws {
        let command = try chat(
            """
            m --session_len 2048 --cache_max_entry_count 0.25 --dtype w8 --threads 3 --max_new_tokens 7 \
            --temperature 0.5 --top_p 0.9 --top_k 5 --min_p 0.1 --repetition_penalty 1.1 --random_seed 9 \
            --chat_template vicuna --meta_instruction Be --cap completion --stats --quant_policy 8 \
            --cache_block_seq_len 32 --no-enable-prefix-caching --kv_cache 2GiB --max_prefill_token_num 99 \
            --presence_penalty -0.5 --frequency_penalty 0.25 --speculative_algorithm prompt_lookup \
            --speculative_num_draft_tokens 5
            """)
        #expect(
            command.engine.engineConfig(maxBatchSize: 4)
                == TurbomindEngineConfig(
                    dtype: "w8", sessionLength: 2048, maxBatchSize: 4, cacheMaxEntryCount: 0.25,
                    kvCacheBytes: 2 << 30, maxPrefillTokenNum: 99, quantPolicy: 8, cacheBlockSeqLen: 32,
                    enablePrefixCaching: false, threads: 3))
        #expect(
            command.sampling.generationConfig
                == GenerationConfig(
                    maxNewTokens: 7, doSample: true, topP: 0.9, topK: 5, minP: 0.1, temperature: 0.5,
                    repetitionPenalty: 1.1, presencePenalty: -0.5, frequencyPenalty: 0.25, randomSeed: 9,
                    numDraftTokens: 5))
        #expect(
            command.conversation.templateConfig
                == ChatTemplateConfig(modelName: "vicuna", metaInstruction: "Be"))
        #expect(command.conversation.capability == .completion)
        #expect(command.conversation.stats)
    }

    @Test func theOldModelNameChoosesTheTemplate() throws {
        let command = try chat("turbomind m --model-name internlm-chat-7b")
        #expect(command.conversation.templateConfig.modelName == "internlm-chat-7b")
    }

    @Test(arguments: [
        ("chat torch m", "--backend is 'pytorch', expected turbomind"),
        ("chat m --tp 2", "--tp is 2, expected 1"),
        ("chat m --quant_policy 16", "--quant-policy is 16, expected 0, 4 or 8"),
        ("chat m --cache-block-seq-len 48", "--cache-block-seq-len is 48, expected 16"),
        ("chat m --cap infilling", "--cap is 'infilling', expected chat or completion"),
        (
            "chat m --model-format tgi",
            "--model-format is 'tgi', expected hf, gguf, llama, awq, gptq, compressed-tensors or fp8"
        ),
        ("chat m --session-len 0", "--session-len is 0, expected at least 1"),
        ("chat m --threads 0", "--threads is 0, expected at least 1"),
        ("chat m --cache-max-entry-count 1.5", "--cache-max-entry-count is 1.5, expected a share"),
        ("chat m --cache-max-entry-count=-1", "--cache-max-entry-count is -1.0, expected a share"),
        ("chat m --top-p 3", "--top-p is 3.0, expected 0...1"),
        ("chat m --temperature=nan", "--temperature is nan, expected 0...2"),
        ("chat m --max-new-tokens 0", "--max-new-tokens is 0, expected at least 1"),
        ("chat a --model b", "the model is given twice"),
        ("chat m --chat-template a --model-name b", "name two templates"),
        ("chat m --prompt", "Missing value for '--prompt <text>'"),
        (
            "chat m --sesion-len 1",
            "Unknown option '--sesion-len'. Did you mean '--session-len'? (see `lmdeploy chat --help`)"
        ),
        ("chat m --top-k x", "The value 'x' is invalid for '--top-k <tokens>' (see `lmdeploy chat --help`)"),
        ("list --engine pytorch", "--engine is 'pytorch', expected turbomind"),
        ("check_env --dump-file a.yml", "--dump-file is 'a.yml', expected a name that ends in .json"),
        (
            "benchmark profile_generation m --prompt-tokens 1 2 --completion-tokens 1",
            "--prompt-tokens has 2 values"
        ),
        ("benchmark profile_generation m --concurrency 0", "--concurrency is 0, expected at least 1"),
        ("benchmark profile_generation m --test-round 0", "--test-round is 0, expected at least 1"),
        ("benchmark profile_throughput m -c 0", "--concurrency is 0, expected 1...4096"),
        ("benchmark profile_throughput m -n 0", "--num-prompts is 0, expected at least 1"),
        (
            "benchmark profile_throughput m --dataset-name alpaca",
            "--dataset-name is 'alpaca', expected random or sharegpt"
        ),
        ("benchmark profile_throughput m --dataset_name random --dataset-path a", "takes no data set"),
        ("benchmark profile_throughput m d.json --dataset-path e.json", "the data set is given twice"),
        ("benchmark profile_throughput d.json --model m", "the model is given twice"),
        ("benchmark profile_throughput m other", "'m' and 'other' are two models"),
        ("benchmark profile_throughput a.json b.json", "'a.json' and 'b.json' are two data sets"),
        ("benchmark profile_throughput m --cancel-rate 1.5", "--cancel-rate is 1.5, expected 0...1"),
        (
            "benchmark profile_throughput m --random-range-ratio 2",
            "--random-range-ratio is 2.0, expected 0...1"
        ),
        ("benchmark profile_throughput m --top-p 3", "top_p is 3.0, expected 0...1"),
        ("benchmark memory m --batch 1 2 --session-len 5", "--batch has 2 values and --session-len has 1"),
        ("benchmark memory m --quant-policy 3", "--quant-policy is 3, expected 0, 8 or 4"),
        ("benchmark memory m --batch 1 --session-len 1", "--session-len is 1, expected at least 2"),
        ("benchmark machine --bogus", "(see `lmdeploy benchmark machine --help`)"),
    ])
    func refusalsAreOneLineThatNamesTheOption(line: String, expected: String) throws {
        let message = try #require(errorLine(line))
        #expect(message.contains(expected))
        #expect(message.hasPrefix("lmdeploy: error: "))
        #expect(!message.contains("\n"))
    }

    @Test func profileGenerationTakesListsAndBothSpellings() throws {
        let line =
            "benchmark profile_generation m --concurrency 1 16 --prompt_tokens 1 128 --completion_tokens 8 9"
        let command = try #require(
            try LMDeployTool.parseAsRoot(
                ArgumentNormalization.normalize(line.split(separator: " ").map(String.init)))
                as? ProfileGenerationCommand)
        #expect(command.concurrency == [1, 16])
        #expect(command.promptTokens == [1, 128])
        #expect(command.completionTokens == [8, 9])
        #expect(command.csv == "./profile_generation.csv")
    }

    private func command<Command>(_ line: String, as type: Command.Type) throws -> Command {
        let arguments = ArgumentNormalization.normalize(line.split(separator: " ").map(String.init))
        return try #require(try LMDeployTool.parseAsRoot(arguments) as? Command)
    }

    @Test func profileThroughputTakesTheFlagsOfBothEras() throws {
        let command = try command(
            """
            benchmark profile_throughput m -c 1 8 32 -n 5 --random_input_len 64 --random-output-len 32 \
            --random_range_ratio 0.5 --seed 3 --cancel_rate 0.1 --no-stream-output --skip-tokenize \
            --skip_detokenize --top_k 4 --csv a.csv --session_len 512
            """.replacing("\n", with: " "), as: ProfileThroughputCommand.self)
        #expect(command.concurrency == [1, 8, 32])
        #expect(command.workload.numPrompts == 5)
        #expect(command.workload.randomInputLen == 64)
        #expect(command.workload.randomOutputLen == 32)
        #expect(command.workload.randomRangeRatio == 0.5)
        #expect(command.workload.seed == 3)
        #expect(command.workload.cancelRate == 0.1)
        #expect(command.workload.isRandom)
        #expect(!command.streamOutput && command.skipTokenize && command.skipDetokenize)
        #expect(command.topK == 4)
        #expect(command.engine.engineConfig(maxBatchSize: 1).sessionLength == 512)
        let old = try self.command(
            "benchmark profile_throughput data.json m --num_prompts 7 --concurrency 64 --stream_output",
            as: ProfileThroughputCommand.self)
        #expect(old.workload.numPrompts == 7)
        #expect(old.concurrency == [64])
        #expect(old.streamOutput)
        #expect(old.csv == "./profile_throughput.csv")
    }

    private static let modelsAndDataSets: [(String, String?, String?)] = [
        ("m d.json", "m", "d.json"), ("d.json m", "m", "d.json"), ("d.JSON", nil, "d.JSON"),
        ("m --dataset-path x.txt", "m", "x.txt"), ("--model m --dataset-path d.json", "m", "d.json"),
        ("m", "m", nil),
    ]

    @Test(arguments: modelsAndDataSets)
    func aDataSetStandsBeforeOrAfterTheModel(line: String, model: String?, dataset: String?) throws {
        let command = try command("benchmark profile_throughput " + line, as: ProfileThroughputCommand.self)
        #expect(command.model.model == model)
        #expect(command.workload.datasetPath == dataset)
        #expect(command.workload.isRandom == (dataset == nil))
    }

    @Test func memoryMeasuresEverySizeInEveryPrecision() throws {
        let all = try command("benchmark memory", as: MemoryCommand.self).configurations
        #expect(all.map(\.quantPolicy) == [0, 8, 4, 0, 8, 4])
        #expect(all.map(\.batch) == [1, 1, 1, 8, 8, 8])
        #expect(all.map(\.sessionLength) == [512, 512, 512, 2048, 2048, 2048])
        let one = try command(
            "benchmark memory --batch 2 --session_len 256 --quant_policy 0", as: MemoryCommand.self)
        #expect(one.configurations == [MemoryCase(batch: 2, sessionLength: 256, quantPolicy: 0)])
    }

    @Test func errorsOfSeveralLinesBecomeOne() {
        #expect(
            ErrorReport.line(message: "first\n\n  second\r\nthird") == "lmdeploy: error: first second third")
    }
}
