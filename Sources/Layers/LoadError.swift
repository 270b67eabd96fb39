package import Checkpoints
package import Tensors

/// Why a checkpoint does not fit the model. `description` is one line that names the tensor.
package enum LoadError: Error, Sendable, Equatable, CustomStringConvertible {
    case missingTensor(String, architecture: String)
    case shape(tensor: String, found: [Int], expected: [Int])
    case unusedTensors([String], architecture: String)
    case unknownArchitecture(String, supported: [String])
    case unsupportedConfiguration(field: String, found: String, expected: String)
    case notFinite(tensor: String, row: Int)
    case scaleNotFinite(tensor: String, output: Int)
    case memory(TensorError)
    /// A layer that cannot be divided between tensor-parallel ranks.
    case indivisible(tensor: String, ranks: Int, found: String, expected: String)
    /// A file of packed weights could not be written.
    case checkpoint(CheckpointError)
    case cancelled

    package var description: String {
        switch self {
        case .missingTensor(let name, let architecture):
            "the checkpoint has no tensor '\(name)', which \(architecture) needs: the download may be incomplete"
        case .shape(let tensor, let found, let expected):
            "tensor '\(tensor)' has shape \(found), expected \(expected) from the configuration"
        case .unusedTensors(let names, let architecture):
            "the checkpoint has tensors that \(architecture) does not use: "
                + names.prefix(4).joined(separator: ", ")
                + (names.count > 4 ? " and \(names.count - 4) more" : "")
                + "; its configuration names the wrong architecture or the model is of an unsupported kind"
        case .unknownArchitecture(let name, let supported):
            "architecture '\(name)' is not supported; supported are " + supported.joined(separator: ", ")
        case .unsupportedConfiguration(let field, let found, let expected):
            "\(field) is \(found), expected \(expected)"
        case .notFinite(let tensor, let row):
            "tensor '\(tensor)' has a value that is not a finite number in row \(row): the file is damaged"
        case .scaleNotFinite(let tensor, let output):
            "tensor '\(tensor)' has a scale that is not a finite number for output \(output): the file is damaged"
        case .memory(let error):
            error.description
        case .indivisible(let tensor, let ranks, let found, let expected):
            "--tp is \(ranks), and '\(tensor)' has \(found), expected \(expected)"
        case .checkpoint(let error):
            error.description
        case .cancelled:
            "cancelled"
        }
    }
}
