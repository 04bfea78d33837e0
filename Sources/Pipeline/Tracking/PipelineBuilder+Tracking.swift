extension PipelineBuilder<SegmentedFrame> {
    /// Appends the stage in which instances get their identities, and are smoothed along their tracks. It
    /// lies between assembly and overlay: it has to see frames unpainted.
    func tracked(by tracker: FrameTracker) -> PipelineBuilder<SegmentedFrame> {
        stage("track") { _ in
            { segmented in
                var segmented = segmented
                segmented.instances = tracker.update(
                    segmented.instances, frame: segmented.source.frame,
                    number: segmented.source.number
                ).map(\.instance)
                return segmented
            }
        }
    }
}
