#!/usr/bin/env bash
# Times every stage on 1280 x 720 frames with 15 instances: the sample clip four times in one picture, three
# of them turned over, of which the demo model finds more than the 15 that are shown.
#
#   scripts/benchmark-crowd.sh [BINARY [OPTION OF bench...]]
#
# Needs the ffmpeg program. Options go to `yolact-video bench`, such as --json figures.json.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=${1:-$root/.build/release/yolact-video}
shift || true
[[ -x $binary ]] || { echo "there is no program $binary; run make build" >&2; exit 1; }

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
tiles='[0:v]split=4[a][b][c][d];[b]hflip[e];[c]vflip[f];[d]hflip,vflip[g];'
tiles+='[a][e][f][g]xstack=inputs=4:layout=0_0|w0_0|0_h0|w0_h0'
ffmpeg -v error -i "$root/samples/shapes.mp4" -filter_complex "$tiles" -frames:v 120 -an \
    -c:v libx264 -preset veryfast -crf 18 "$directory/crowd.mp4"
"$binary" bench --runs 80 --stages "$directory/crowd.mp4" "$@"
