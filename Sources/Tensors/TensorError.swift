/// What can go wrong when setting up kernels, threads and memory. `description` is one line.
package enum TensorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `LMDEPLOY_FORCE_ISA` names something unknown.
    case unknownInstructionSet(String)
    /// `LMDEPLOY_FORCE_ISA` names something this CPU cannot run.
    case unsupportedInstructionSet(String, best: String)
    /// A thread count outside its range.
    case threadCount(Int, maximum: Int)
    /// The system refused to start threads.
    case threadsUnavailable(Int)
    /// A weight format cannot hold a matrix of this shape.
    case unrepresentable(format: String, rows: Int, columns: Int)
    /// KV cache blocks of a length that the kernels cannot read.
    case blockLength(Int)
    /// Heads that a quantised KV cache cannot hold.
    case cacheHeadDimension(Int, element: String)
    /// Static KV scales for a cache that is not int8.
    case cacheScalesElement(String)
    /// Static KV scales for another number of layers.
    case cacheScalesCount(found: Int, layers: Int)
    /// Static KV scales that blocks cannot hold.
    case cacheScales(layer: Int, found: String, expected: String)
    /// The system refused to give memory.
    case outOfMemory(what: String, bytes: Int)

    package var description: String {
        switch self {
        case .unknownInstructionSet(let name):
            "LMDEPLOY_FORCE_ISA is '\(name)', expected one of "
                + InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
        case .unsupportedInstructionSet(let name, let best):
            "LMDEPLOY_FORCE_ISA is '\(name)', which this CPU cannot run: unset it, or use '\(best)'"
        case .threadCount(let count, let maximum):
            "--threads is \(count), expected 1...\(maximum)"
        case .threadsUnavailable(let count):
            "the system refused to start \(count) threads: lower --threads or raise the process limit (ulimit -u)"
        case .unrepresentable(let format, let rows, let columns):
            "weight format \(format) cannot hold a matrix of \(rows) x \(columns): choose another --dtype"
        case .blockLength(let tokens):
            "cache_block_seq_len is \(tokens), expected 16, 32 or a multiple of 64: use 64"
        case .cacheHeadDimension(let dimension, let element):
            "a KV cache of \(element) holds heads of up to 256 dimensions, found \(dimension): use --quant-policy 0"
        case .cacheScalesElement(let element):
            "static KV scales need an int8 cache, found \(element): remove the scales or choose int8"
        case .cacheScalesCount(let found, let layers):
            "past_kv_scale has \(found) layers, expected \(layers): use the scales of this model"
        case .cacheScales(let layer, let found, let expected):
            "past_kv_scale of layer \(layer) has \(found), expected \(expected): calibrate the model again"
        case .outOfMemory(let what, let bytes):
            "the system refused \((bytes + (1 << 20) - 1) >> 20) MiB for \(what): free memory or lower the limits"
        }
    }
}
