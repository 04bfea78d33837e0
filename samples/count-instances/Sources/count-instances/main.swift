// Prints how many instances of each class a video shows. Frame by frame on one thread; for whole videos
// at full speed there is `VideoSegmentation` in Pipeline.

import Foundation
import Model
import Pipeline
import VideoIO

func countInstances(in path: String) throws {
    // The weights, and with them the configuration: sizes, anchors, names of the classes.
    let weights = try Checkpoint.builtInDemo()
    guard let configuration = weights.configuration else { return }
    let network = try Network(
        configuration: configuration, parameters: weights,
        threadsPerWorker: CPUCores.current.available)
    let segmenter = try Segmenter(network, selection: InstanceSelection(scoreThreshold: 0.3))

    var options = VideoReader.Options()
    options.carriesOtherStreams = false
    let reader = try VideoReader(path, options: options)
    var frames = 0
    var counts = [Int](repeating: 0, count: configuration.classNames.count)
    while let element = try reader.next() {
        guard case .frame(let frame) = element else { continue }
        frames += 1
        for instance in try frame.withImage({ try segmenter.segment($0) }) {
            counts[instance.classIndex] += 1
        }
    }

    print("\(frames) frames")
    for (name, count) in zip(configuration.classNames, counts) {
        let mean = Double(count) / Double(max(1, frames))
        print("\(name): \(count) instances, \(String(format: "%.2f", mean)) a frame")
    }
}

// Beside other programs the network's threads should not hold on to their cores while they wait for each
// other. This starts the program anew, so it comes first.
ComputeThread.shortenWaiting()

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: count-instances VIDEO\n".utf8))
    exit(64)
}
do {
    try countInstances(in: CommandLine.arguments[1])
} catch {
    FileHandle.standardError.write(Data("count-instances: error: \(error)\n".utf8))
    exit(1)
}
