public import ArgumentParser
public import Model
public import Pipeline

// Library types that are option values by their raw values.

extension EngineKind: ExpressibleByArgument {}
extension NonMaximumSuppression: ExpressibleByArgument {}
extension SmoothingStrength: ExpressibleByArgument {}
extension ComputeMode: ExpressibleByArgument {}
extension Checkpoint.Precision: ExpressibleByArgument {}
