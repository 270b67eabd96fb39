#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension PackedTable {
    /// The table as it stands in a file.
    func encoded() throws(CheckpointError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self))
        } catch {
            throw CheckpointError(.unsupported, "the model's description cannot be written: \(error)")
        }
    }

    /// - Parameter place: the file and what of it, for errors.
    init(json: UnsafeRawBufferPointer, place: String) throws(CheckpointError) {
        do {
            self = try JSONDecoder().decode(PackedTable.self, from: Data(json))
        } catch let error as DecodingError {
            throw CheckpointError(
                .malformed, "\(place): \(error.problem); the file is damaged, convert the model again")
        } catch {
            throw CheckpointError(
                .malformed, "\(place) is not valid JSON; the file is damaged, convert the model again")
        }
    }
}

extension DecodingError {
    /// Which field, and what about it.
    fileprivate var problem: String {
        switch self {
        case .keyNotFound(let key, let context):
            return "the field \(Self.path(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context):
            return "the field \(Self.path(context.codingPath)) is no \(type)"
        case .valueNotFound(let type, let context):
            return "the field \(Self.path(context.codingPath)) is null, expected \(type)"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "the field \(Self.path(context.codingPath)) has a value that makes no sense"
        default:
            return "the table is not valid JSON, or has a number that does not fit"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        quoted(
            keys.map { $0.intValue.map { "[\($0)]" } ?? "." + $0.stringValue }.joined().dropFirst(1)
                .description)
    }
}
