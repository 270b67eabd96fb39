import Testing

/// The engine with real models. Its tests run one after the other: an engine's threads take the whole machine.
@Suite(.serialized) enum EngineTests {}
