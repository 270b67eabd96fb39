/// Why a model cannot be quantised. `description` is one line that says what to do.
package enum QuantizationError: Error, Sendable, Equatable, CustomStringConvertible {
    case missingTensor(String)
    case shape(tensor: String, found: [Int], expected: [Int])
    case notFinite(tensor: String, row: Int)
    case alreadyQuantized(tensor: String, type: String)
    case unsupportedArchitecture(String, supported: [String])
    case groupSize(Int, tensor: String, inputs: Int)
    case outputs(tensor: String, outputs: Int, multiple: Int)
    case scaleRange(tensor: String, row: Int)
    case samples(String)
    case hessian(tensor: String)
    case memory(String)
    case file(path: String, reason: String)
    case cancelled

    package var description: String {
        switch self {
        case .missingTensor(let name):
            "the checkpoint has no tensor '\(name)', which its architecture needs: the download may be incomplete"
        case .shape(let tensor, let found, let expected):
            "tensor '\(tensor)' has shape \(found), expected \(expected) from the configuration"
        case .notFinite(let tensor, let row):
            "tensor '\(tensor)' has a value that is not a finite number in row \(row): the file is damaged"
        case .alreadyQuantized(let tensor, let type):
            "tensor '\(tensor)' is of type \(type), which is quantised already: start from the original model"
        case .unsupportedArchitecture(let name, let supported):
            "architecture '\(name)' cannot be quantised; supported are " + supported.joined(separator: ", ")
        case .groupSize(let group, let tensor, let inputs):
            "a group size of \(group) does not fit tensor '\(tensor)', which has \(inputs) inputs: expected 32, 64 "
                + "or 128 that divides it"
        case .outputs(let tensor, let outputs, let multiple):
            "tensor '\(tensor)' has \(outputs) outputs; this format packs \(multiple) of them together and needs a "
                + "multiple of that"
        case .scaleRange(let tensor, let row):
            "tensor '\(tensor)' has values in row \(row) whose scale is too large for 16 bits: the model cannot be "
                + "held in this format"
        case .samples(let reason): reason
        case .hessian(let tensor):
            "the inputs of '\(tensor)' do not determine its quantisation: calibrate with more or longer samples"
        case .memory(let reason): reason
        case .file(let path, let reason): "\(path): \(reason)"
        case .cancelled: "stopped; run the same command again to go on where it stopped"
        }
    }
}
