/// The state of all cameras in Prometheus' text format.
struct StreamMetrics {
    var snapshot: StreamSnapshot
    var audience: (sent: Int, skipped: Int, viewers: Int)

    var text: String {
        var text = PrometheusText()
        counters(&text)
        text.add(
            gauge: "yolact_stream_camera_live", help: "Whether frames come from the camera.",
            series: each { $0.state == .live ? 1 : 0 })
        text.add(
            gauge: "yolact_stream_frames_pending", help: "Frames waiting or being processed.",
            series: each { Double($0.counts.pending + $0.counts.underWay) })
        text.add(
            gauge: "yolact_stream_instances",
            help: "Instances in the latest picture; of cameras that gave one.",
            series: snapshot.cameras.filter { $0.presented > 0 }.map {
                ([("camera", $0.name)], Double($0.instances.count))
            })
        text.add(
            histogram: "yolact_stream_latency_seconds",
            help: "From a frame's arrival until it was handed to the outputs.",
            series: snapshot.cameras.map { ([("camera", $0.name)], $0.latency) })
        stages(&text)
        outputs(&text)
        text.add(
            gauge: "yolact_stream_viewers", help: "Viewers of the built-in server.",
            series: [([], Double(audience.viewers))])
        text.add(
            counter: "yolact_stream_viewer_messages_skipped_total",
            help: "Pictures and records that viewers were too slow for.",
            series: [([], audience.skipped)])
        text.add(
            gauge: "yolact_stream_run_seconds", help: "Time since the run began.",
            series: [([], snapshot.elapsed)])
        return text.text
    }

    private func counters(_ text: inout PrometheusText) {
        text.add(
            counter: "yolact_stream_frames_received_total", help: "Frames that came in.",
            series: each { $0.counts.received })
        text.add(
            counter: "yolact_stream_frames_processed_total",
            help: "Frames that went through the network.", series: each { $0.counts.processed })
        text.add(
            counter: "yolact_stream_frames_dropped_total",
            help: "Frames that were not processed, by reason.",
            series: snapshot.cameras.flatMap { camera in
                DropReason.allCases.map { reason in
                    (
                        [("camera", camera.name), ("reason", reason.rawValue)],
                        camera.counts.drops[reason] ?? 0
                    )
                }
            })
        text.add(
            counter: "yolact_stream_instances_total", help: "Instances in all pictures.",
            series: each { $0.instancesTotal })
        text.add(
            counter: "yolact_stream_suspect_total", help: "Pictures that may be damaged.",
            series: each { $0.suspect })
        text.add(
            counter: "yolact_stream_repeated_total",
            help: "Pictures written again while the camera was away.",
            series: each { $0.repeated })
        text.add(
            counter: "yolact_stream_connections_total", help: "Connections that gave a frame.",
            series: each { $0.reading.connections })
        text.add(
            counter: "yolact_stream_losses_total",
            help: "Times that the camera was lost or could not be opened.",
            series: each { $0.reading.losses })
    }

    private func stages(_ text: inout PrometheusText) {
        let measures = snapshot.measures()
        func eachStage(
            _ histograms: (LatencyMeasures) -> [LatencyHistogram]
        ) -> [([(String, String)], LatencyHistogram)] {
            zip(snapshot.cameras, measures).flatMap { camera, measures in
                zip(snapshot.stages, histograms(measures)).map {
                    ([("camera", camera.name), ("stage", $0)], $1)
                }
            }
        }
        guard !measures.isEmpty else { return }
        text.add(
            histogram: "yolact_stream_capture_to_write_seconds",
            help: "From the camera's own time of a frame until it was handed to the outputs.",
            series: zip(snapshot.cameras, measures).map {
                ([("camera", $0.name)], $1.captureToWrite)
            })
        text.add(
            histogram: "yolact_stream_stage_service_seconds", help: "Work on a frame at a stage.",
            series: eachStage(\.service))
        text.add(
            histogram: "yolact_stream_stage_wait_seconds",
            help: "Wait of a frame before a stage.", series: eachStage(\.wait))
    }

    private func outputs(_ text: inout PrometheusText) {
        func eachOutput(_ value: (StreamOutput.Status) -> Int) -> [([(String, String)], Int)] {
            snapshot.cameras.flatMap { camera in
                camera.outputs.map {
                    ([("camera", camera.name), ("output", $0.name)], value($0))
                }
            }
        }
        guard snapshot.cameras.contains(where: { !$0.outputs.isEmpty }) else { return }
        text.add(
            counter: "yolact_stream_output_packets_total", help: "Packets written.",
            series: eachOutput(\.written))
        text.add(
            counter: "yolact_stream_output_dropped_total",
            help: "Packets thrown away: the output was away or too slow.",
            series: eachOutput(\.dropped))
        text.add(
            counter: "yolact_stream_output_failures_total",
            help: "Connections that failed or could not be made.", series: eachOutput(\.failures))
    }

    private func each<Value>(
        _ value: (CameraStatus) -> Value
    ) -> [(labels: [(String, String)], value: Value)] {
        snapshot.cameras.map { ([("camera", $0.name)], value($0)) }
    }
}
