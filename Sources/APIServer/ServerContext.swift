internal import Hummingbird
internal import NIOCore

/// What belongs to one request.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that it came by.
    let channel: any Channel
    /// By which the request is found in the log.
    let requestID = "req-" + String(UInt64.random(in: .min ... .max), radix: 36)

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
