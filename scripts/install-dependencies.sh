#!/usr/bin/env bash
# Sees to what building needs on Debian 12: checks Swift and installs the missing apt packages.
# With --tests also what the tests need. Does nothing where nothing is missing.
set -euo pipefail

packages=(
    libavcodec-dev libavformat-dev libavutil-dev libswscale-dev # video
    libavdevice59                                               # webcams; loaded when one is opened
    libdnnl-dev libopenblas-dev                                 # the network
    libfreetype-dev                                             # labels
    zlib1g-dev                                                  # checksums, histogram files
    pkg-config
)
case "${1:-}" in
    "") ;;
    --tests)
        packages+=(
            ffmpeg python3
            # a real RTSP server
            gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base
            gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
        )
        ;;
    *)
        echo "usage: ${0##*/} [--tests]" >&2
        exit 64
        ;;
esac

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

"${BASH_SOURCE[0]%/*}/find-swift.sh" >/dev/null

# A package counts as present when dpkg has it installed; pkg-config, ffmpeg and python3 also when a
# program of that name is found, wherever it comes from.
is_present() {
    case "$1" in
        pkg-config | ffmpeg | python3) command -v "$1" >/dev/null && return 0 ;;
    esac
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null || true) == installed ]]
}

missing=()
for package in "${packages[@]}"; do
    is_present "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null ||
    fail "apt-get not found; install by hand what your system calls: ${missing[*]} (or set SKIP_DEPENDENCIES=1)"

if [[ $(id -u) == 0 ]]; then
    as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
elif command -v sudo >/dev/null && [[ -t 0 ]]; then
    as_root=(sudo)
else
    fail "neither root nor sudo; have an administrator run: apt-get install ${missing[*]}"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs apt-get without questions. Waits for up to two minutes while another program, such as
# unattended-upgrades, holds one of apt's locks.
apt() {
    local attempt
    for attempt in {1..24}; do
        if "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get --quiet --yes \
            -o Acquire::Retries=3 "$@" >"$log" 2>&1 </dev/null; then
            return 0
        fi
        grep -qE 'Could not get lock|Unable to (acquire|lock)' "$log" || return 1
        ((attempt > 1)) || echo "apt is locked by another program; waiting"
        sleep "${APT_RETRY_SECONDS:-5}"
    done
    return 1
}

echo "Installing ${missing[*]}"
if ! apt update; then
    # One broken source does not matter if the packages come from another.
    echo "warning: apt-get update failed; trying to install all the same" >&2
fi
if ! apt install --no-install-recommends "${missing[@]}"; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install: ${missing[*]}"
fi
