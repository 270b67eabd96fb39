package import ArgumentParser
internal import LMDeploy

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// `lmdeploy benchmark memory-case`: one row of `lmdeploy benchmark memory`, in a process of its own.
package struct MemoryCaseCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "memory-case",
        abstract: "Measure one configuration and print one line of JSON.",
        shouldDisplay: false)

    @Option package var model: String
    @Option package var batch: Int
    @Option package var sessionLen: Int
    @Option package var quantPolicy: Int
    @Option package var dtype: String
    @Option package var threads: Int?

    package init() {}

    package func run() async throws {
        let configuration = MemoryCase(batch: batch, sessionLength: sessionLen, quantPolicy: quantPolicy)
        let result: MemoryResult
        do {
            // All of the free memory may be taken, and no more than the sessions need is.
            let pipeline = try Pipeline(
                model,
                backendConfig: TurbomindEngineConfig(
                    dtype: dtype, sessionLength: sessionLen, maxBatchSize: batch, cacheMaxEntryCount: 1,
                    quantPolicy: quantPolicy, threads: threads))
            defer { pipeline.close() }
            let probe = MemoryProbe(pipeline: pipeline, configuration: configuration)
            result = MemoryResult(configuration, try await probe.measure())
        } catch {
            result = MemoryResult(configuration, problem: "\(error)")
        }
        let line = String(decoding: try JSONEncoder().encode(result), as: UTF8.self)
        try StandardStream.write(line + "\n")
    }
}
