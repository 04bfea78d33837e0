import Model
import Testing

@testable import Pipeline

@Suite struct TrackerTests {
    @Test func objectsThatCrossKeepTheirIdentities() {
        let tracker = Tracker()
        var ids: [[Int?]] = []
        for frame in 0..<90 {
            let x = Double(frame) * 2.5
            // The other way round in every second frame: order means nothing.
            var instances = [
                TrackingScene.disc(x: 40 + x, y: 110), TrackingScene.disc(x: 280 - x, y: 150),
            ]
            if frame % 2 == 1 { instances.swapAt(0, 1) }
            let found = tracker.update(instances, time: Double(frame) / 30).map(\.instance.id)
            ids.append(frame % 2 == 1 ? found.reversed() : found)
        }
        #expect(ids.allSatisfy { $0 == [1, 2] })
        #expect(tracker.statistics.identities == 2)
    }

    @Test func birthsAreConfirmedBySightings() {
        let tracker = Tracker()
        let known = TrackingScene.disc(x: 60, y: 60)
        let new = TrackingScene.disc(x: 200, y: 150)
        #expect(tracker.update([known], time: 0).map(\.instance.id) == [1])
        #expect(tracker.update([known, new], time: 1.0 / 30).map(\.instance.id) == [1, nil])
        #expect(tracker.update([known, new], time: 2.0 / 30).map(\.instance.id) == [1, 2])
        // Seen once and never again.
        let flash = TrackingScene.disc(x: 120, y: 200)
        #expect(
            tracker.update([known, new, flash], time: 0.1).map(\.instance.id) == [1, 2, nil])
        #expect(tracker.update([known, new], time: 4.0 / 30).map(\.instance.id) == [1, 2])
        #expect(tracker.statistics.unconfirmed == 1)
        // Seen often, never surely.
        let weak = TrackingScene.disc(x: 120, y: 200, score: 0.2)
        for frame in 5..<10 {
            let ids = tracker.update([known, new, weak], time: Double(frame) / 30)
            #expect(ids.map(\.instance.id) == [1, 2, nil])
        }
    }

    /// The same gap in seconds is bridged, or not, at any frame rate.
    @Test(arguments: [12.0, 30, 60]) func gapsAreBridgedForATime(rate: Double) {
        func ids(gap: Double) -> [Int?] {
            let tracker = Tracker()
            var ids: [Int?] = []
            for frame in 0..<Int(4 * rate) {
                let time = Double(frame) / rate
                let isHidden = time > 1 && time < 1 + gap
                let instances =
                    isHidden ? [] : [TrackingScene.disc(x: 60 + 30 * time, y: 100)]
                ids += tracker.update(instances, time: time).map(\.instance.id)
            }
            return ids
        }
        #expect(ids(gap: 0.6).allSatisfy { $0 == 1 })
        #expect(ids(gap: 1.5).last == 2)
    }

    @Test func votesDecideOnTheClass() {
        let tracker = Tracker()
        var shown: [Int] = []
        var detected: [Int] = []
        for frame in 0..<20 {
            let isFlip = frame == 7 || frame == 8 || frame == 14
            let found = tracker.update(
                [TrackingScene.disc(x: 100, y: 100, classIndex: isFlip ? 3 : 1)],
                time: Double(frame) / 30)
            shown += found.map(\.instance.classIndex)
            detected += found.map(\.detectedClass)
            #expect(found.map(\.instance.id) == [1])
        }
        #expect(shown.allSatisfy { $0 == 1 })
        #expect(detected.filter { $0 == 3 }.count == 3)
        // What is seen for long enough is believed.
        for frame in 20..<200 {
            shown += tracker.update(
                [TrackingScene.disc(x: 100, y: 100, classIndex: 3)], time: Double(frame) / 30
            ).map(\.instance.classIndex)
        }
        #expect(shown.last == 3)
    }

    @Test func theSameObjectFoundTwiceHasOneIdentity() {
        let tracker = Tracker()
        for frame in 0..<30 {
            let x = 100 + Double(frame)
            let found = tracker.update(
                [
                    TrackingScene.disc(x: x, y: 100, classIndex: 1, score: 0.5),
                    TrackingScene.disc(x: x + 2, y: 101, classIndex: 0, score: 0.9),
                ], time: Double(frame) / 30)
            #expect(found.map(\.instance.id) == [nil, 1])
        }
    }

    @Test func whatIsFasterThanItsSizeIsFollowed() {
        let tracker = Tracker()
        var ids: [Int?] = []
        for frame in 0..<12 {
            let disc = TrackingScene.disc(x: 20 + 22 * Double(frame), y: 100, radius: 10)
            ids += tracker.update([disc], time: Double(frame) / 10).map(\.instance.id)
        }
        #expect(ids.allSatisfy { $0 == 1 })
    }

    @Test func afterAResetEverythingIsNew() {
        let tracker = Tracker()
        let disc = TrackingScene.disc(x: 100, y: 100)
        for frame in 0..<5 { _ = tracker.update([disc], time: Double(frame) / 30) }
        tracker.reset()
        #expect(tracker.update([disc], time: 5.0 / 30).map(\.instance.id) == [2])
        #expect(tracker.statistics.sceneCuts == 1)
    }

    @Test func oddInputIsTaken() {
        let tracker = Tracker()
        let empty = Instance(
            classIndex: 0, score: .nan, box: PixelRectangle(x: 0, y: 0, width: 0, height: 0),
            mask: InstanceMask(
                region: PixelRectangle(x: 0, y: 0, width: 0, height: 0), pixels: []))
        for time in [0, 0, -1, Double.nan, 1e12, 2, .infinity, 3] {
            #expect(tracker.update([empty, empty], time: time).count == 2)
            #expect(tracker.update([], time: time).isEmpty)
        }
    }

    /// A constant velocity is learnt; the variance falls to what the noise allows.
    @Test func theFilterLearnsAVelocity() {
        var filter = ConstantVelocityFilter(0, variance: 1, rateVariance: 100)
        for step in 1...60 {
            filter.predict(seconds: 0.1, acceleration: 0.01)
            filter.correct(3 * Double(step) * 0.1, variance: 1)
        }
        #expect(abs(filter.rate - 3) < 0.05)
        #expect(filter.valueVariance < 0.5)
        // Two steps are as one of twice the length.
        var (one, two) = (filter, filter)
        one.predict(seconds: 0.4, acceleration: 0)
        two.predict(seconds: 0.2, acceleration: 0)
        two.predict(seconds: 0.2, acceleration: 0)
        #expect(abs(one.value - two.value) < 1e-9)
        #expect(abs(one.valueVariance - two.valueVariance) < 1e-9)
    }
}
