package import KernelLab
internal import Tensors

/// A run of `benchmark kernels`, to print and to store.
package struct KernelReport: Sendable, Equatable, Encodable {
    package struct Settings: Sendable, Equatable, Encodable {
        package var processor: String
        package var samples: Int
        package var seed: UInt64
        /// Memory that passes by before weights or keys and values are used again; `nil` where they are warm.
        package var coldMebibytes: Int?

        package init(processor: String, samples: Int, seed: UInt64, coldMebibytes: Int?) {
            self.processor = processor
            self.samples = samples
            self.seed = seed
            self.coldMebibytes = coldMebibytes
        }

        package var text: String {
            let memory = coldMebibytes.map { "cold: \($0) MiB pass by before memory is used again" }
            return "\(processor), \(samples) samples, \(memory ?? "warm: the same memory every time")\n"
        }
    }

    package struct Row: Sendable, Equatable, Encodable {
        package var operation: String
        package var format: String
        package var shape: String
        /// Rows of linear layers, tokens of attention.
        package var size: Int
        package var instructionSet: String
        package var threads: Int
        package var unit: String
        package var ceilingName: String
        /// Medians of the samples that count; `nil` when all were dropped.
        package var rate: Double?
        package var ceiling: Double?
        package var ratio: Double?
        package var samples: Int
        package var dropped: Int
        package var ratios: [Double]

        package init(_ result: CellResult) {
            let work = result.cell.work
            operation = work.operation.rawValue
            format = work.format
            shape = work.shape
            size = work.size
            instructionSet = result.cell.instructionSet.rawValue
            threads = result.cell.threads
            unit = result.ceilingName.unit
            ceilingName = result.ceilingName.rawValue
            rate = result.samples.rate
            ceiling = result.samples.ceiling
            ratio = result.samples.ratio
            samples = result.samples.kept.count
            dropped = result.samples.dropped
            ratios = result.samples.kept.map(\.ratio)
        }
    }

    package struct Peak: Sendable, Equatable, Encodable {
        package var ceiling: String
        package var instructionSet: String
        package var threads: Int
        package var unit: String
        package var atStart: Double
        package var atEnd: Double

        package init(_ movement: PeakMovement) {
            ceiling = movement.ceiling.rawValue
            instructionSet = movement.instructionSet.rawValue
            threads = movement.threads
            unit = movement.ceiling.unit
            atStart = movement.atStart
            atEnd = movement.atEnd
        }
    }

    package var settings: Settings
    package var cells: [Row]
    package var peaks: [Peak]

    package init(settings: Settings, run: LabRun) {
        self.settings = settings
        cells = run.results.map(Row.init)
        peaks = run.peaks.map(Peak.init)
    }
}
