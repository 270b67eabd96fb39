internal import Synchronization
package import Tensors

/// What the engine's steps spend their time on. Steps that only continue replies and steps with prompt rows are
/// counted apart.
package struct StepProfile: Sendable {
    package var steps = 0
    package var rows = 0
    /// Commands of the model, from the first to the last.
    package var computing: Duration = .zero
    /// Filling the step's buffers and writing its commands.
    package var encoding: Duration = .zero
    package var sampling: Duration = .zero
    /// Choosing what to compute.
    package var scheduling: Duration = .zero
    /// Booking tokens and waking up who waits for them.
    package var delivering: Duration = .zero
    /// Touching memory that later steps will write.
    package var preparing: Duration = .zero
    package var commands = CommandTrace()

    package init() {}

    package var total: Duration {
        computing + encoding + sampling + scheduling + delivering + preparing
    }
}

/// Collects profiles on the engine's thread; anybody may take them.
package final class StepProfiler: Sendable {
    package struct Profiles: Sendable {
        package var decode = StepProfile()
        package var prefill = StepProfile()
    }

    private let profiles = Mutex(Profiles())

    package init() {}

    /// What was collected since the last time.
    package func take() -> Profiles {
        profiles.withLock { profiles in
            defer { profiles = Profiles() }
            return profiles
        }
    }

    func update(_ plan: StepPlan, _ change: (inout StepProfile) -> Void) {
        let isPrefill = plan.rowCounts.prefill > 0
        profiles.withLock { isPrefill ? change(&$0.prefill) : change(&$0.decode) }
    }
}
