import ModelTestSupport
import Synchronization
import Tensors
import TestSupport

/// Models that tests share: each is loaded once.
final class ModelShelf: Sendable {
    static let shared = ModelShelf()

    private struct Key: Hashable {
        var model: ExactnessCase.ModelName
        var weights: WeightFormat.Storage
    }

    private let models = Mutex<[Key: TestModel]>([:])

    func model(_ name: ExactnessCase.ModelName, _ weights: WeightFormat.Storage) throws -> TestModel {
        try models.withLock { models in
            let key = Key(model: name, weights: weights)
            if let model = models[key] { return model }
            let model = try Self.load(name, weights)
            models[key] = model
            return model
        }
    }

    private static func load(
        _ name: ExactnessCase.ModelName, _ weights: WeightFormat.Storage
    ) throws -> TestModel {
        switch name {
        case .standard:
            return try TestModel(path: try DefaultModelFile.path(), override: weights, threads: 2)
        case .tiny(let name):
            let golden = try TinyModelGolden(name)
            return try withTemporaryFolder { folder in
                try TinyCheckpoint.write(golden.spec, to: folder)
                return try TestModel(path: folder, override: weights)
            }
        }
    }
}
