internal import NIOCore
internal import Synchronization

/// Tells when a client has gone away while it is being answered.
///
/// A client that closes only its side cannot be told from one that is gone, and counts as gone.
final class ConnectionBook: Sendable {
    private struct Connection {
        var isClosed = false
        var nextNumber = 0
        var observers: [Int: @Sendable () -> Void] = [:]
    }

    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    /// Something that observes a connection.
    struct Observation: Sendable {
        fileprivate let channel: ObjectIdentifier
        fileprivate let number: Int
    }

    /// Calls `body` when the client goes away; at once when it has gone already.
    func observe(_ channel: any Channel, _ body: @escaping @Sendable () -> Void) -> Observation {
        let key = ObjectIdentifier(channel)
        let (number, isClosed) = connections.withLock { connections in
            // Connections that are not in the book have been taken out of it.
            guard var connection = connections[key], !connection.isClosed else { return (-1, true) }
            let number = connection.nextNumber
            connection.nextNumber += 1
            connection.observers[number] = body
            connections[key] = connection
            return (number, false)
        }
        if isClosed { body() }
        return Observation(channel: key, number: number)
    }

    func end(_ observation: Observation) {
        connections.withLock {
            _ = $0[observation.channel]?.observers.removeValue(forKey: observation.number)
        }
    }

    fileprivate func open(_ channel: any Channel) {
        connections.withLock { $0[ObjectIdentifier(channel)] = Connection() }
    }

    fileprivate func close(_ channel: any Channel) {
        let observers = connections.withLock { connections in
            let observers = connections[ObjectIdentifier(channel)]?.observers ?? [:]
            connections[ObjectIdentifier(channel)]?.isClosed = true
            connections[ObjectIdentifier(channel)]?.observers = [:]
            return observers
        }
        for observer in observers.values { observer() }
    }

    fileprivate func remove(_ channel: any Channel) {
        close(channel)
        connections.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}

/// Notes in the book what becomes of a connection.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let book: ConnectionBook

    init(_ book: ConnectionBook) { self.book = book }

    func handlerAdded(context: ChannelHandlerContext) { book.open(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { book.remove(context.channel) }

    func channelInactive(context: ChannelHandlerContext) {
        book.close(context.channel)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { book.close(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }
}
