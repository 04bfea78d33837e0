#!/usr/bin/python3
"""Long checks of `yolact-video stream` against real servers: check-streams.py WHAT [--binary FILE]

  faults     cameras and a publisher's server die, freeze, reset, lose packets and come back changed
  refusals   1,000 refused or dying connections of a camera, an output and viewers
  kills      ten recordings killed at random moments
  soak       three cameras at 30 frames a second (--minutes 30)
  latency    from the camera's clock to the written frame, at 640 x 360 and 30 frames a second

Each prints what it saw, line by line, and ends with status 1 if something did not hold. Needs what the
tests need (scripts/install-dependencies.sh) and a release build.
"""
import argparse
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVERS = os.path.join(ROOT, "Tests", "Servers")
failures = []


def say(text):
    print(text, flush=True)


def expect(holds, text):
    say(f"{'ok    ' if holds else 'FAILED'}  {text}")
    if not holds:
        failures.append(text)


class Process:
    """A program whose output is collected line by line, each with its time."""

    def __init__(self, command, **options):
        self.changed = threading.Condition()
        self.lines, self.errors, self.arrivals = [], [], []
        self.popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, bufsize=1, **options)
        self.readers = [
            threading.Thread(target=self.collect, args=pair, daemon=True)
            for pair in ((self.popen.stdout, self.lines), (self.popen.stderr, self.errors))]
        for reader in self.readers:
            reader.start()

    def collect(self, stream, lines):
        for line in stream:
            with self.changed:
                if lines is self.lines:
                    self.arrivals.append(time.monotonic())
                lines.append(line.rstrip("\n"))
                self.changed.notify_all()

    def wait_until(self, holds, seconds):
        """Waits for a condition over what was printed; gives the time of fulfilment, or None."""
        end = time.monotonic() + seconds
        with self.changed:
            while not holds():
                left = end - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    return time.monotonic() if holds() else None
            return time.monotonic()

    def tell(self, command):
        count = len(self.lines)
        self.popen.stdin.write(command + "\n")
        assert self.wait_until(lambda: len(self.lines) > count, 10), command

    def end(self, number=signal.SIGINT, seconds=15):
        begin = time.monotonic()
        self.popen.send_signal(number)
        self.popen.wait(seconds)
        for reader in self.readers:
            reader.join(5)
        return time.monotonic() - begin

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    @property
    def is_alive(self):
        return self.popen.poll() is None


class Server(Process):
    """One of the tests' servers."""

    def __init__(self, script, *arguments):
        super().__init__(
            ["/usr/bin/python3", os.path.join(SERVERS, script), *map(str, arguments)])
        assert self.wait_until(lambda: self.lines, 20), self.errors
        self.port = int(self.lines[0].split()[1])


def camera(port=0, **options):
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return Server("rtsp-server.py", f"--port={port}", *arguments)


class Stream(Process):
    """`yolact-video stream` with its records on standard output."""

    def __init__(self, *arguments):
        super().__init__([BINARY, "stream", "--json", "-", *map(str, arguments)])

    def records(self, name=None):
        """Records of a camera so far, with the time at which each arrived."""
        with self.changed:
            pairs = list(zip(self.arrivals, self.lines))
        found = [(at, json.loads(line)) for at, line in pairs]
        return [(at, record) for at, record in found if name in (None, record["source"])]

    def count(self, name):
        mark = f'"source":"{name}"'
        return sum(mark in line for line in self.lines)

    def wait_for_more(self, name, more, seconds):
        with self.changed:
            goal = self.count(name) + more
        return self.wait_until(lambda: self.count(name) >= goal, seconds)

    def account(self, name):
        """Frames received, processed and dropped, as the report says."""
        for line in self.errors:
            if line.startswith(f"yolact-video: {name}: ") and " frames received = " in line:
                return [int(word) for word in re.findall(r"\d+", line.split(": ", 2)[2])[:3]]
        return None


def memory(pid):
    """Resident kB, open descriptors, threads."""
    status = open(f"/proc/{pid}/status").read()
    return (int(re.search(r"VmRSS:\s+(\d+)", status)[1]), len(os.listdir(f"/proc/{pid}/fd")),
            int(re.search(r"Threads:\s+(\d+)", status)[1]))


def ffprobe(entries, path, *options):
    result = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", entries, "-of",
         "csv=p=0", *options, path], capture_output=True, text=True)
    return [line.strip(",") for line in result.stdout.splitlines() if line.strip(",")]


def check_decodes(path, at_least=1):
    result = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", path, "-fps_mode", "passthrough", "-enc_time_base", "-1",
         "-f", "null", "-"], capture_output=True, text=True)
    stamps = [float(stamp) for stamp in ffprobe("packet=dts_time", path)]
    grows = all(a < b for a, b in zip(stamps, stamps[1:]))
    expect(
        result.returncode == 0 and not result.stderr and grows and len(stamps) >= at_least,
        f"{os.path.basename(path)}: {len(stamps)} frames decode, times grow; "
        f"{result.stderr.strip()[:200] or 'no complaint'}")


def check_accounts(stream, names):
    for name in names:
        account = stream.account(name)
        expect(
            account is not None and account[0] == account[1] + account[2]
            and account[1] == stream.count(name),
            f"{name}: received = processed + dropped, records = processed: {account}, "
            f"{stream.count(name)} records")


def feed(port, *options):
    """A camera that sends an MPEG transport stream over UDP."""
    return subprocess.Popen(
        ["ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25",
         "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25", *options,
         "-f", "mpegts", f"udp://127.0.0.1:{port}?pkt_size=1316"],
        stdin=subprocess.DEVNULL)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def faults(options):
    deadline, opening, slowest = 2, 3, 4
    # What a freeze is found by, opening anew, and the longest wait in between; a frame has to be
    # keyed, decoded and processed too.
    bound = deadline + opening + slowest + 2
    source = camera()
    proxy = Server("fault-proxy.py", source.port)
    lossy = camera(loss=0.02)
    publisher = camera(record="a,b,c")
    feed_port = free_port(socket.SOCK_DGRAM)
    feeder = feed(feed_port)
    folder = tempfile.mkdtemp(prefix="streams-")
    stream = Stream(
        f"a=rtsp://127.0.0.1:{proxy.port}/live", f"b=rtsp://127.0.0.1:{lossy.port}/live?udp",
        f"c=udp://127.0.0.1:{feed_port}", "--read-timeout", deadline,
        "--open-timeout", opening, "--max-reconnect-delay", slowest,
        "-o", os.path.join(folder, "{camera}.mkv"),
        "-o", f"rtsp://127.0.0.1:{publisher.port}/{{camera}}")
    recoveries = []

    def recovered(what, since, name="a"):
        at = stream.wait_for_more(name, 5, 40)
        taken = at - since if at else None
        if taken is not None:
            recoveries.append((what, taken))
        expect(
            taken is not None and taken <= bound,
            f"{what}: back after {taken and round(taken, 2)} s (at most {bound})")

    try:
        for name in "abc":
            expect(stream.wait_for_more(name, 20, 60) is not None, f"{name} gives frames")
        for number in range(options.restarts):
            source.kill()
            source = camera(source.port)
            recovered(f"restart {number + 1}", time.monotonic())
        for number in range(3):
            count = len(stream.errors)
            proxy.tell("freeze")
            found = stream.wait_until(
                lambda: any("no data for" in line or "within" in line
                            for line in stream.errors[count:]), 20)
            expect(found is not None, "the freeze is told")
            proxy.tell("pass")
            recovered(f"freeze {number + 1}", time.monotonic())
        for number in range(3):
            count = len(stream.errors)
            proxy.tell("reset")
            stream.wait_until(lambda: len(stream.errors) > count, 20)
            time.sleep(2 * random.random())
            proxy.tell("pass")
            recovered(f"resets in the handshake {number + 1}", time.monotonic())
        source.kill()
        source = camera(source.port, width=640, height=360)
        recovered("another resolution", time.monotonic())
        sizes = {tuple(record["instances"][0]["segmentation"]["size"])
                 for _, record in stream.records("a") if record["instances"]}
        say(f"        sizes of masks: {sorted(sizes)}")
        for number, offset in enumerate((0, 50_000, 10)):
            feeder.kill()
            feeder.wait()
            feeder = feed(feed_port, "-output_ts_offset", str(offset))
            recovered(f"timestamps that start at {offset} s", time.monotonic(), "c")
        for number in range(3):
            publisher.kill()
            publisher = camera(publisher.port, record="a,b,c")
            since = time.monotonic()
            at = publisher.wait_until(
                lambda: len({line.split()[1] for line in publisher.lines
                             if line.startswith("RECORDED")}) == 3, 60)
            expect(
                at is not None and at - since <= bound + 5,
                f"publisher's server {number + 1}: all three back after "
                f"{at and round(at - since, 2)} s (at most {bound + 5})")
        stream.wait_for_more("b", 100, 60)
        expect(stream.is_alive, "the process lives")
        taken = stream.end()
        expect(stream.popen.returncode == 130, f"status {stream.popen.returncode}")
        expect(taken < 3, f"stopped within {taken:.2f} s")
        check_accounts(stream, "abc")
        for name in "abc":
            times = [record["time"] for _, record in stream.records(name)]
            expect(all(x < y for x, y in zip(times, times[1:])), f"{name}: times grow")
            check_decodes(os.path.join(folder, f"{name}.mkv"), len(times))
        suspect = sum("suspect" in record for _, record in stream.records("b"))
        expect(suspect > 0, f"b, 2 % loss: {suspect} of {stream.count('b')} pictures suspect")
        slow = max(recoveries, key=lambda pair: pair[1])
        say(f"        recoveries: median "
            f"{statistics.median(t for _, t in recoveries):.2f} s, slowest {slow[1]:.2f} s ({slow[0]})")
        for line in stream.errors[-16:]:
            say("        " + line)
    finally:
        feeder.kill()
        for process in (stream, source, proxy, lossy, publisher):
            process.kill()


def refusals(options):
    dying = Server("fault-proxy.py", free_port())
    dead_output = free_port()
    serve = free_port()
    sample = os.path.join(ROOT, "samples", "shapes.mp4")
    stream = Stream(
        f"refused=rtsp://127.0.0.1:{free_port()}/x", f"dying=rtsp://127.0.0.1:{dying.port}/x",
        f"good={sample}", "--realtime", "--loop", "--reconnect-delay", "0.02",
        "--max-reconnect-delay", "0.02", "-o", f"rtsp://127.0.0.1:{dead_output}/{{camera}}",
        "--serve", f"127.0.0.1:{serve}")

    def status():
        import urllib.request
        with urllib.request.urlopen(f"http://127.0.0.1:{serve}/status", timeout=10) as answer:
            return json.load(answer)

    def viewers(count):
        for number in range(count):
            with socket.create_connection(("127.0.0.1", serve)) as client:
                path = ("/cameras/good/video", "/events", "/metrics", "/x")[number % 4]
                if number % 5:
                    client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                    if number % 2:
                        client.recv(100)

    try:
        assert stream.wait_for_more("good", 50, 60)
        viewers(100)
        stream.wait_for_more("good", 50, 60)
        before = memory(stream.popen.pid)
        goal = options.connections
        viewers(goal)
        while True:
            cameras = {camera["name"]: camera for camera in status()["cameras"]}
            counts = [cameras[name]["losses"] for name in ("refused", "dying")]
            if min(counts) >= goal or not stream.is_alive:
                break
            if not stream.wait_for_more("good", 30, 60):
                break
        after = memory(stream.popen.pid)
        expect(min(counts) >= goal, f"{counts[0]} refused and {counts[1]} dying connections")
        expect(stream.is_alive, "the process lives")
        expect(after[0] < before[0] + 4096, f"memory {before[0]} -> {after[0]} kB")
        expect(after[1] <= before[1] + 3, f"descriptors {before[1]} -> {after[1]}")
        expect(after[2] <= before[2] + 1, f"threads {before[2]} -> {after[2]}")
        stream.end()
        check_accounts(stream, ["good", "refused", "dying"])
        for line in stream.errors[-12:]:
            say("        " + line)
    finally:
        stream.kill()
        dying.kill()


def kills(options):
    source = camera()
    folder = tempfile.mkdtemp(prefix="streams-")
    try:
        for number in range(10):
            name = ("mkv", "mp4", "ts")[number % 3]
            path = os.path.join(folder, f"{number}.{name}")
            stream = Stream(f"a=rtsp://127.0.0.1:{source.port}/live", "-o", path)
            assert stream.wait_for_more("a", 45, 60)
            time.sleep(2 * random.random())
            stream.kill()
            for reader in stream.readers:
                reader.join(5)
            times = [record["time"] for _, record in stream.records("a")]
            stamps = [float(stamp) for stamp in ffprobe("packet=pts_time", path)]
            missing = times[-1] - times[0] - (max(stamps) - min(stamps)) if stamps else None
            # A group of pictures ends with the first picture that comes a second after its first.
            longest = 1 + max(b - a for a, b in zip(times[-60:], times[-59:])) + 0.05
            expect(
                missing is not None and missing <= longest,
                f"killed after {times[-1]:.2f} s: {missing and round(missing, 2)} s missing in .{name}"
                f" (a group of pictures lasts up to {longest:.2f} s)")
            check_decodes(path)
    finally:
        source.kill()


def soak(options):
    cameras = [camera(), camera(), camera()]
    folder = tempfile.mkdtemp(prefix="streams-")
    names = ["a", "b", "c"]
    sources = [f"{name}=rtsp://127.0.0.1:{source.port}/live"
               for name, source in zip(names, cameras)]
    stream = Stream(
        *sources, "-o", os.path.join(folder, "{camera}.mkv"), "--segment-time", "120", "--serve",
        f"127.0.0.1:{free_port()}")
    samples = []
    try:
        for name in names:
            assert stream.wait_for_more(name, 30, 60)
        begin = time.monotonic()
        while time.monotonic() - begin < options.minutes * 60 and stream.is_alive:
            time.sleep(15)
            samples.append(memory(stream.popen.pid))
            if len(samples) % 8 == 0:
                say(f"        {(time.monotonic() - begin) / 60:5.1f} min: {samples[-1][0]} kB, "
                    f"{samples[-1][1]} descriptors, {samples[-1][2]} threads")
        expect(stream.is_alive, "the process lives")
        stream.end()
        check_accounts(stream, names)
        third = max(1, len(samples) // 3)
        early = statistics.median(kB for kB, _, _ in samples[third:2 * third] or samples)
        late = statistics.median(kB for kB, _, _ in samples[-third:])
        expect(abs(late - early) < 0.03 * early, f"memory {early:.0f} -> {late:.0f} kB "
               "(medians of the second and the last third)")
        expect(len({threads for _, _, threads in samples[third:]}) <= 3, "threads stay the same")
        for name in names:
            times = [record["time"] for _, record in stream.records(name)]
            expect(all(x < y for x, y in zip(times, times[1:])), f"{name}: times grow")
        for line in stream.errors[-16:]:
            say("        " + line)
    finally:
        stream.kill()
        for source in cameras:
            source.kill()


def latency(options):
    source = camera(width=640, height=360)
    folder = tempfile.mkdtemp(prefix="streams-")
    report = os.path.join(folder, "report")
    stream = Stream(
        f"a=rtsp://127.0.0.1:{source.port}/live", "-o", os.path.join(folder, "a.mkv"),
        "--latency-report", report)
    try:
        assert stream.wait_for_more("a", options.frames, 120)
        stream.end()
        check_accounts(stream, "a")
        summary = json.load(open(os.path.join(report, "summary.json")))
        latency, structural = summary["latency"], summary["structural"]
        expect(latency["captureSource"] == "rtcp", "the camera tells when pictures were taken")
        for name in ("captureToWrite", "arrivalToWrite"):
            row = latency[name]
            say(f"        {name}: p50 {row['p50']:.1f}, p90 {row['p90']:.1f}, p99 {row['p99']:.1f}, "
                f"max {row['max']:.1f} ms of {row['count']} frames")
        for stage in summary["stages"]:
            say(f"        {stage['name']}: wait p50 {stage['wait']['p50']:.2f}, service p50 "
                f"{stage['service']['p50']:.2f}, p99 {stage['service']['p99']:.2f} ms")
        say("        by design: "
            + ", ".join(f"{part} {structural[part + 'Delay']:.1f} ms"
                        for part in ("demuxer", "decoder", "encoder")))
        frames = summary["frames"]
        say(f"        {frames['written']} of {frames['arrived']} frames processed")
    finally:
        stream.kill()
        source.kill()


CHECKS = {"faults": faults, "refusals": refusals, "kills": kills, "soak": soak, "latency": latency}

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("what", choices=CHECKS)
parser.add_argument("--binary", default=os.path.join(ROOT, ".build", "release", "yolact-video"))
parser.add_argument("--minutes", type=float, default=30)
parser.add_argument("--restarts", type=int, default=20)
parser.add_argument("--connections", type=int, default=1000)
parser.add_argument("--frames", type=int, default=600)
arguments = parser.parse_args()
BINARY = os.path.abspath(arguments.binary)
CHECKS[arguments.what](arguments)
say(f"{len(failures)} of the checks failed" if failures else "all checks hold")
sys.exit(1 if failures else 0)
