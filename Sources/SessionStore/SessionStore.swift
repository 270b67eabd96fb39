internal import GRDB

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Conversations on disk: one SQLite database in a folder, so that a restart loses none.
///
/// What is stored is what was said, as messages or, for clients that speak in tokens, as token ids. Keys and values
/// are computed again when a conversation goes on.
package final class SessionStore: Sendable {
    package let path: String
    private let database: DatabaseQueue

    /// Opens the store in `folder`, which is made when it is missing.
    package init(folder: String) throws(SessionStoreError) {
        path = folder + (folder.hasSuffix("/") ? "" : "/") + "sessions.sqlite"
        try Self.makeFolder(folder)
        do {
            var configuration = Configuration()
            // Another process that uses the same folder is waited for, not failed upon.
            configuration.busyMode = .timeout(Self.busySeconds)
            database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrator.migrate(database)
        } catch {
            throw .unusable(path: path, reason: Self.reason(error))
        }
    }

    private static let busySeconds = 5.0

    /// All conversations, the one that was used last first.
    package func load() throws(SessionStoreError) -> [StoredSession] {
        try perform { database in
            try SessionRow.order(Column("updated").desc, Column("id")).fetchAll(database)
                .map { try $0.session(path: self.path) }
        }
    }

    /// Adds a conversation, or replaces what was stored of it.
    package func save(_ session: StoredSession) throws(SessionStoreError) {
        try perform { database in
            let newest = try Int64.fetchOne(database, sql: "SELECT max(updated) FROM session") ?? 0
            try SessionRow(session, updated: newest + 1).save(database)
        }
    }

    /// Forgets a conversation. One that is not there is no error.
    package func remove(_ id: UInt64) throws(SessionStoreError) {
        try perform { database in
            _ = try SessionRow.deleteOne(database, key: Int64(bitPattern: id))
        }
    }
}

// MARK: - Internals

extension SessionStore {
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("sessions") { database in
            try database.create(table: "session") { table in
                table.primaryKey("id", .integer)
                table.column("messages", .blob).notNull()
                table.column("tokens", .blob).notNull()
                table.column("updated", .integer).notNull()
            }
        }
        return migrator
    }

    private func perform<Result>(_ body: (Database) throws -> Result) throws(SessionStoreError) -> Result {
        do {
            return try database.write(body)
        } catch let error as SessionStoreError {
            throw error
        } catch {
            throw .failed(path: path, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return error.message ?? "SQLite error \(error.resultCode.rawValue)"
    }

    private static func makeFolder(_ folder: String) throws(SessionStoreError) {
        var partial = folder.hasPrefix("/") ? "" : "."
        for component in folder.split(separator: "/") {
            partial += "/" + component
            // What was said is nobody else's business.
            if mkdir(partial, 0o700) != 0 && errno != EEXIST {
                throw .unusable(path: partial, reason: String(cString: strerror(errno)))
            }
        }
    }
}

/// Why conversations cannot be kept. `description` is one line.
package enum SessionStoreError: Error, Equatable, CustomStringConvertible {
    /// The folder or the database cannot be opened.
    case unusable(path: String, reason: String)
    /// Reading or writing failed.
    case failed(path: String, reason: String)
    /// A stored conversation is not what this program writes.
    case damaged(path: String, session: UInt64, field: String)

    package var description: String {
        switch self {
        case .unusable(let path, let reason):
            "the session store \(path) cannot be opened (\(reason)): give --session-store another folder, or make "
                + "this one writable"
        case .failed(let path, let reason):
            "the session store \(path) failed: \(reason)"
        case .damaged(let path, let session, let field):
            "session \(session) in \(path) is damaged: \(field) cannot be read; move the file away to start anew"
        }
    }
}
