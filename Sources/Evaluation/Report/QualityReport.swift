/// What a compression of a model did and what it cost: the report that ends a run.
package struct QualityReport: Sendable, Equatable {
    /// The model's name.
    package var model: String
    /// `awq`, `gptq`, `rtn`, `smooth_quant` and the like.
    package var method: String
    /// Bits of a weight, and how many of them share a scale; nil for one scale in each row.
    package var bits: Int
    package var groupSize: Int?
    /// Bits of all linear layers' data, scales and offsets included, over their weights.
    package var bitsPerWeight: Double
    /// Bytes of the checkpoints' tensors.
    package var bytesBefore: Int
    package var bytesAfter: Int
    /// What else decided the result, such as `search scale` and `20 ratios`; in order.
    package var settings: [Setting]
    package var calibration: Calibration?
    /// The text that `measurements` were made on.
    package var measuredOn: String?
    /// The model before and after, in this order, and possibly others to compare with.
    package var measurements: [Measurement]
    /// One for each linear layer, in the order of the model.
    package var linears: [LinearError]
    /// What took how long, in order.
    package var timings: [Timing]
    /// What the reader should know, such as a layer that kept its precision; whole sentences.
    package var notes: [String]

    package init(
        model: String, method: String, bits: Int, groupSize: Int?, bitsPerWeight: Double, bytesBefore: Int,
        bytesAfter: Int, settings: [Setting] = [], calibration: Calibration? = nil, measuredOn: String? = nil,
        measurements: [Measurement] = [], linears: [LinearError] = [], timings: [Timing] = [],
        notes: [String] = []
    ) {
        self.model = model
        self.method = method
        self.bits = bits
        self.groupSize = groupSize
        self.bitsPerWeight = bitsPerWeight
        self.bytesBefore = bytesBefore
        self.bytesAfter = bytesAfter
        self.settings = settings
        self.calibration = calibration
        self.measuredOn = measuredOn
        self.measurements = measurements
        self.linears = linears
        self.timings = timings
        self.notes = notes
    }

    /// A name and a value, as text.
    package struct Setting: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The text that statistics were taken from.
    package struct Calibration: Sendable, Equatable {
        /// A file's name, a dataset's, or `self` for text that the model wrote.
        package var source: String
        package var samples: Int
        /// Of all samples together.
        package var tokens: Int

        package init(source: String, samples: Int, tokens: Int) {
            self.source = source
            self.samples = samples
            self.tokens = tokens
        }
    }

    /// Where the time went.
    package struct Timing: Sendable, Equatable {
        package var name: String
        package var seconds: Double

        package init(_ name: String, seconds: Double) {
            self.name = name
            self.seconds = seconds
        }
    }

    /// Size after in percent of the size before; nil when that is 0.
    var sizePercent: Double? {
        bytesBefore > 0 ? 100 * Double(bytesAfter) / Double(bytesBefore) : nil
    }

    var secondsInAll: Double { timings.reduce(0) { $0 + $1.seconds } }

    /// `4 bits, groups of 128`.
    var formatText: String {
        let width = "\(bits) \(bits == 1 ? "bit" : "bits")"
        return groupSize.map { "\(width), groups of \($0)" } ?? "\(width), one scale for each row"
    }
}
