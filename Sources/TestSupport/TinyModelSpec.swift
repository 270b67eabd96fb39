/// A tiny model: the text of its config.json and the tensors of its checkpoint.
package struct TinyModelSpec: Sendable {
    package var name: String
    package var configJSON: String
    package var tensors: [TinyTensor]

    package init(name: String, configJSON: String, tensors: [TinyTensor]) {
        self.name = name
        self.configJSON = configJSON
        self.tensors = tensors
    }

    /// FNV-1a of all tensor bytes, in the order of ``tensors``, as stored.
    package func fnv1a64(storage: TinyStorage) -> UInt64 {
        TinyRandom.fnv1a64(tensors.lazy.flatMap { storage.bytes($0.values) })
    }

    package var parameterCount: Int { tensors.reduce(0) { $0 + $1.count } }
}

/// Which generation of config.json a checkpoint carries; both mean the same model.
package enum TinyConfigStyle: String, Sendable, CaseIterable {
    /// `rope_theta`, `rope_scaling` and `torch_dtype`, as in nearly all published checkpoints.
    case classic = "config.json"
    /// `rope_parameters` and `dtype`, as transformers 5 writes them.
    case current = "config-current.json"
}
