#!/usr/bin/env python3
"""Counts the allocations that a frame takes after warm-up, by owner.

    scripts/benchmark-allocations.py [--binary BINARY] [OPTION of segment...]

Runs `yolact-video segment` over 140 and over 40 frames of the sample clip under heaptrack; the difference is what
100 frames take. Needs heaptrack and setarch (Debian: apt-get install heaptrack util-linux).
"""

import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHORT, LONG = 40, 140
LIBRARIES = {
    "dnnl": "oneDNN",
    "av": "FFmpeg and codecs",
    "ff_": "FFmpeg and codecs",
    "sws": "FFmpeg and codecs",
    "x264": "FFmpeg and codecs",
    "FT_": "FreeType",
}


def stacks(arguments, frames, directory):
    """The number of allocations by call stack, outermost function first."""
    profile = directory / f"profile.{frames}"
    command = ["heaptrack", "-o", str(profile), str(arguments.binary), "segment",
               str(ROOT / "samples/shapes.mp4"), "--frames", str(frames),
               "-o", str(directory / "out.mkv"), "--overwrite", "--quiet", *arguments.options]
    # Functions without names are told apart by their addresses, which have to be the same in both runs.
    run = subprocess.run(["setarch", "-R", *command], text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT,
                         env={**os.environ, "GOMP_SPINCOUNT": "1000"})
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stdout}")
    # What it writes ends in .zst or .gz, by its version.
    written = next(directory.glob(f"profile.{frames}.*"))
    folded = directory / f"stacks.{frames}"
    subprocess.run(["heaptrack_print", "-F", str(folded), str(written)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    counts = collections.Counter()
    for line in folded.read_text().splitlines():
        stack, count = line.rsplit(" ", 1)
        counts[stack] += int(count)
    return counts


def owner(functions):
    """Whose function asked for the memory: the innermost that is known."""
    for function in reversed(functions):
        if function.startswith("$s"):
            return "yolact-video"
        for prefix, library in LIBRARIES.items():
            if function.startswith(prefix):
                return library
    return "other"


def demangled(names):
    try:
        text = subprocess.run(["swift", "demangle", "--compact", "--simplified"], text=True,
                              input="\n".join(names), capture_output=True, check=True).stdout
        return text.splitlines()
    except (OSError, subprocess.CalledProcessError):
        return names


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path,
                        default=ROOT / ".build/release/yolact-video")
    arguments, arguments.options = parser.parse_known_args()
    if not os.access(arguments.binary, os.X_OK):
        sys.exit(f"there is no program {arguments.binary}; run make build")

    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        short = stacks(arguments, SHORT, directory)
        long = stacks(arguments, LONG, directory)
    owners = collections.Counter()
    places = collections.Counter()
    for stack in long.keys() | short.keys():
        added = (long[stack] - short[stack]) / (LONG - SHORT)
        functions = stack.split(";")
        asking = owner(functions)
        owners[asking] += added
        if asking == "yolact-video":
            # Functions of the standard library and made by the compiler come without a file.
            own = [function for function in functions if function.endswith(".swift)")]
            places[" < ".join(reversed(own[-2:]))] += added

    print("Allocations a frame after warm-up")
    for library, count in owners.most_common():
        if count >= 0.05:
            print(f"{count:8.1f}  {library}")
    print(f"{sum(owners.values()):8.1f}  all\n\nThose of yolact-video, from once in two frames on")
    shown = [(place, count) for place, count in places.most_common() if count >= 0.5]
    for line, (_, count) in zip(demangled([place for place, _ in shown]), shown):
        print(f"{count:8.1f}  {line}")


main()
