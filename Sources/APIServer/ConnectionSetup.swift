internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Synchronization

/// Prepares connections for HTTP.
///
/// One that arrives while the server stops is handed to nobody. Its writer may not be dropped before it was finished,
/// so it is closed in order by whoever drops it.
struct ConnectionSetup: ServerChildChannel {
    let http: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
        http.setup(channel: channel, logger: logger).map { Connection($0) }
    }

    func handle(value: Connection, logger: Logger) async {
        guard let connection = value.take() else { return }
        await http.handle(value: connection, logger: logger)
    }

    final class Connection: ServerChildChannelValue {
        let channel: any Channel
        private let connection: Mutex<HTTP1Channel.Value?>

        init(_ connection: HTTP1Channel.Value) {
            channel = connection.channel
            self.connection = Mutex(connection)
        }

        /// The connection, once.
        func take() -> HTTP1Channel.Value? {
            connection.withLock { connection in
                defer { connection = nil }
                return connection
            }
        }

        deinit {
            guard let connection = take() else { return }
            // A connection that cannot be closed is closed already.
            Task { try? await connection.executeThenClose { _, _ in } }
        }
    }
}
