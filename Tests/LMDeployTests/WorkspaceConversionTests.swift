import Checkpoints
import Foundation
import LMDeploy
import Layers
import Tensors
import TestSupport
import Testing

/// Workspaces of the default model, end to end.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct WorkspaceConversionTests {
    private static let config = TurbomindEngineConfig(kvCacheBytes: 64 << 20, threads: 2)
    private static let ini = "w/triton_models/weights/config.ini"

    private static func convert(
        _ folder: TemporaryFolder, _ change: (inout WorkspaceConversion) -> Void = { _ in }
    ) throws -> WorkspaceConversion.Result {
        var conversion = WorkspaceConversion(
            source: try DefaultModelFile.path(), destination: folder.path("w"))
        conversion.threads = 2
        change(&conversion)
        return try conversion.run()
    }

    /// Replaces a line of the settings.
    private static func edit(_ folder: TemporaryFolder, _ key: String, _ value: String) throws {
        let lines = try folder.readText(ini).split(separator: "\n").map { line in
            line.hasPrefix(key + " =") ? "\(key) = \(value)" : String(line)
        }
        try folder.write(lines.joined(separator: "\n"), to: ini)
    }

    private static func pipeline(
        _ folder: TemporaryFolder, _ change: (inout TurbomindEngineConfig) -> Void = { _ in }
    ) throws -> Pipeline {
        var config = config
        change(&config)
        return try Pipeline(folder.path("w"), backendConfig: config)
    }

    @Test func repliesAreThoseOfTheModel() async throws {
        let folder = try TemporaryFolder()
        let result = try Self.convert(folder)
        #expect(result.chatTemplate == "hf")
        let generation = GenerationConfig(maxNewTokens: 24, doSample: true, temperature: 0.8, randomSeed: 3)
        let model = try Pipeline(try DefaultModelFile.path(), backendConfig: Self.config)
        let workspace = try Self.pipeline(folder)
        let prompts: [Prompt] = ["Hi, pls intro yourself", "Shanghai is"]
        let expected = try await model.infer(prompts, generation)
        let found = try await workspace.infer(prompts, generation)
        #expect(
            found.map(\.tokenIDs) == expected.map(\.tokenIDs) && found.map(\.text) == expected.map(\.text))
        #expect(workspace.modelName == model.modelName)
        #expect(workspace.chatTemplateName == model.chatTemplateName)
        #expect(workspace.notices.isEmpty)
        let (plan, other) = (workspace.plan, model.plan)
        #expect(plan.weightBytes == other.weightBytes && plan.weightConversions == other.weightConversions)
        #expect(plan.mappedWeightBytes > plan.weightBytes * 99 / 100 && other.mappedWeightBytes == 0)
        #expect(plan.blockCount == other.blockCount && plan.maxBatchSize == 128)
    }

    @Test func aStartDoesNotReadTheWeights() throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder)
        // The tokenizer's memory is there from the first start on, and the second one's is the start's own.
        try Self.pipeline(folder).close()
        let before = Machine.residentBytes()
        let pipeline = try Self.pipeline(folder)
        let grown = Machine.residentBytes() - before
        #expect(grown < pipeline.plan.weightBytes / 2, "\(grown) bytes")
    }

    @Test func settingsOfTheFileCountAndOptionsGoBeforeThem() throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder)
        try Self.edit(folder, "session_len", "512")
        try Self.edit(folder, "max_batch_size", "3")
        try Self.edit(folder, "quant_policy", "8")
        try Self.edit(folder, "cache_block_seq_len", "32")
        try Self.edit(folder, "cache_max_entry_count", "5")
        try Self.edit(folder, "model_name", "edited")
        try Self.edit(folder, "chat_template", "vicuna")
        let edited = try Self.pipeline(folder) { $0.kvCacheBytes = nil }
        #expect(edited.plan.sessionLength == 512 && edited.plan.maxBatchSize == 3)
        #expect(edited.plan.kvFormat == "int8" && edited.plan.tokensPerBlock == 32)
        #expect(edited.plan.blockCount == 5)
        #expect(edited.modelName == "edited" && edited.chatTemplateName == "vicuna")
        #expect(edited.chatTemplateReason.contains("chat_template of"))
        let overridden = try Self.pipeline(folder) {
            ($0.sessionLength, $0.maxBatchSize, $0.quantPolicy, $0.cacheBlockSeqLen) = (256, 2, 0, 64)
        }
        #expect(overridden.plan.sessionLength == 256 && overridden.plan.maxBatchSize == 2)
        #expect(overridden.plan.kvFormat == "fp16" && overridden.plan.tokensPerBlock == 64)
    }

    @Test func positionsBeyondTheModelsNeedAFactor() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder)
        let positions = try Checkpoint.open(folder.path("w")).configuration.maximumPositions
        let reply = GenerationConfig(maxNewTokens: 8)
        let plain = try await Self.pipeline(folder).infer(["Shanghai is"], reply)[0]
        try Self.edit(folder, "rope_scaling_factor", "2")
        // Sessions that fit are not changed.
        #expect(try await Self.pipeline(folder).infer(["Shanghai is"], reply)[0].tokenIDs == plain.tokenIDs)
        try Self.edit(folder, "session_len", "\(2 * positions)")
        let longer = try Self.pipeline(folder)
        #expect(longer.plan.sessionLength == 2 * positions)
        #expect(try await longer.infer(["Shanghai is"], reply)[0].tokenIDs.count > 0)
        try Self.edit(folder, "rope_scaling_factor", "0")
        let error = #expect(throws: PipelineError.self) { try Self.pipeline(folder) }
        #expect(error?.description.contains("session_len is \(2 * positions)") == true)
    }

    @Test func attentionThatNoArchitectureHasIsRefused() throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder)
        try Self.edit(folder, "use_logn_attn", "1")
        let error = #expect(throws: PipelineError.self) { try Self.pipeline(folder) }
        #expect(error?.description.contains("LlamaForCausalLM has no logn attention") == true)
        try Self.pipeline(folder) { $0.useLognAttn = false }.close()
    }

    @Test func fourMeansStaticInt8WhereScalesAre() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder)
        try Self.edit(folder, "quant_policy", "4")
        #expect(try Self.pipeline(folder).plan.kvFormat == "int4")
        let layers = try Checkpoint.open(folder.path("w")).configuration.layerCount
        for layer in 0..<layers {
            try folder.write(
                LittleEndian.bytes([0.25, 0, 0.0625, 0] as [Float]),
                to: "w/triton_models/weights/layers.\(layer).past_kv_scale.0.weight")
        }
        let pipeline = try Self.pipeline(folder)
        #expect(pipeline.plan.kvFormat == "int8 with static scales")
        #expect(pipeline.notices.count == 1 && pipeline.notices[0].contains("quant_policy 4 means int8"))
        #expect(try await pipeline.infer(["Shanghai is"], .init(maxNewTokens: 4))[0].tokenIDs.count > 0)
        #expect(try Self.pipeline(folder) { $0.quantPolicy = 8 }.plan.kvFormat == "int8")
        try folder.remove("w/triton_models/weights/layers.1.past_kv_scale.0.weight")
        let error = #expect(throws: PipelineError.self) { try Self.pipeline(folder) }
        #expect(error?.description.contains("layers.1.past_kv_scale.0.weight is missing") == true)
    }

    @Test func unknownKeysAreTold() throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder)
        try folder.write(try folder.readText(Self.ini) + "use_dynamic_ntk = 1\n", to: Self.ini)
        let notices = try Self.pipeline(folder).notices
        #expect(notices.count == 1 && notices[0].contains("'use_dynamic_ntk' is not known"))
    }

    @Test func aBuiltInTemplateIsNamedAtConversion() throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder) { $0.modelName = "internlm-chat-7b" }
        let pipeline = try Self.pipeline(folder)
        #expect(pipeline.modelName == "internlm-chat-7b")
        #expect(pipeline.chatTemplateReason.contains("config.ini"))
        #expect(throws: (any Error).self) { try Self.convert(folder) { $0.modelName = "no-such-template" } }
        // What was there before is still there.
        #expect(try Self.pipeline(folder).modelName == "internlm-chat-7b")
    }

    @Test func ranksAreJoined() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder) { $0.ranks = 3 }
        let reply = GenerationConfig(maxNewTokens: 12)
        let joined = try Self.pipeline(folder)
        #expect(joined.notices.count == 1 && joined.notices[0].contains("divided between 3 ranks"))
        let model = try Pipeline(try DefaultModelFile.path(), backendConfig: Self.config)
        #expect(
            try await joined.infer(["Shanghai is"], reply)[0].tokenIDs
                == model.infer(["Shanghai is"], reply)[0].tokenIDs)
        #expect(joined.plan.weightBytes == model.plan.weightBytes)
        #expect(throws: (any Error).self) { try Self.convert(folder) { $0.ranks = 2 } }
    }

    @Test func whatIsCancelledLeavesNothing() throws {
        let folder = try TemporaryFolder()
        var matrices = 0
        let conversion = WorkspaceConversion(
            source: try DefaultModelFile.path(), destination: folder.path("a/b/w"))
        #expect(throws: LoadError.cancelled) {
            try conversion.run(isCancelled: {
                matrices += 1
                return matrices > 20
            })
        }
        #expect(folder.entries().isEmpty)
    }

    @Test func whatCannotBeIsRefusedBeforeAnythingIsWritten() throws {
        let folder = try TemporaryFolder()
        _ = try Self.convert(folder)
        let again = WorkspaceConversion(source: folder.path("w"), destination: folder.path("x"))
        #expect(throws: PipelineError.self) { try again.run() }
        for (group, dtype, format) in [
            (64, "auto", nil), (48, "w4", nil), (64, "w9", nil), (nil, "auto", "awq"),
        ]
            as [(Int?, String, String?)]
        {
            var conversion = WorkspaceConversion(
                source: try DefaultModelFile.path(), destination: folder.path("x"))
            (conversion.group, conversion.dtype, conversion.modelFormat) = (group, dtype, format)
            #expect(throws: PipelineError.self) { try conversion.run() }
        }
        #expect(folder.entries() == ["w"])
    }
}
