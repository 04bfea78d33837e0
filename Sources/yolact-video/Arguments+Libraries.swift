public import ArgumentParser
public import Model
public import Pipeline
public import VideoIO

// Library types that are option values by their raw values.

extension EngineKind: ExpressibleByArgument {}
extension ComputePrecision: ExpressibleByArgument {}
extension NonMaximumSuppression: ExpressibleByArgument {}
extension SmoothingStrength: ExpressibleByArgument {}
extension ComputeMode: ExpressibleByArgument {}
extension RTSPTransport: ExpressibleByArgument {}
extension LossPolicy: ExpressibleByArgument {}
extension LatencySelfTest.Transport: ExpressibleByArgument {}
extension Checkpoint.Precision: ExpressibleByArgument {}
