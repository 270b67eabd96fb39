/// What the engine is doing, as of its last step.
package struct EngineStatistics: Sendable, Equatable {
    package var running = 0
    package var waiting = 0
    package var sessions = 0
    package var totalBlocks = 0
    package var activeBlocks = 0
    package var cachedBlocks = 0
    package var totals = SchedulerTotals()

    package init() {}

    init(_ scheduler: Scheduler) {
        running = scheduler.runningCount
        waiting = scheduler.waitingCount
        sessions = scheduler.sessionCount
        totalBlocks = scheduler.blocks.capacity
        activeBlocks = scheduler.blocks.activeCount
        cachedBlocks = scheduler.blocks.cachedCount
        totals = scheduler.totals
    }
}
