#!/usr/bin/env bash
# Sees to what building needs: checks Swift and installs the missing packages on Debian and its relatives.
# With --tests also what the tests need, with --package what makes a Debian package. Does nothing where nothing is missing; elsewhere, and where the
# system's libraries are too old, it says so and installs nothing.
set -euo pipefail

usage() {
    echo "usage: ${0##*/} [--tests | --package]" >&2
    exit 64
}

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

purpose=""
case "$#:${1:-}" in
    0:) ;;
    1:--tests | 1:--package) purpose=$1 ;;
    *) usage ;;
esac

# Which system this is. A test names another file.
os_release=${OS_RELEASE_FILE:-/etc/os-release}
[[ -r $os_release ]] || os_release=/dev/null
# Read as text: the file is a shell script by its form only.
field() {
    sed -n "s/^$1=//p" "$os_release" | tail -n 1 | tr -d "\"'"
}
id=$(field ID)
version=$(field VERSION_ID)
family=" $id $(field ID_LIKE) "
name=$(field PRETTY_NAME)
name=${name:-$(uname -s)}
# Derived systems (Mint, Pop!_OS, LMDE) name the release that their packages come from.
release=$(field UBUNTU_CODENAME)
release=${release:-$(field DEBIAN_CODENAME)}
release=${release:-$(field VERSION_CODENAME)}

# The package of FFmpeg's capture devices has the version in its name.
devices=""
case "$release" in
    bookworm) devices=libavdevice59 ;;
    noble) devices=libavdevice60 ;;
    trixie) devices=libavdevice61 ;;
    bullseye | focal | jammy)
        fail "the libraries of $name are too old: FFmpeg 5.1 and oneDNN 2.6 or newer are needed (Debian 12, Ubuntu 24.04), or your own builds of them and SKIP_DEPENDENCIES=1; nothing was installed"
        ;;
esac

elsewhere() {
    printf 'error: %s\n' "this script knows Debian and Ubuntu only, not $name; $1" >&2
    [[ -z ${2:-} ]] || printf '  %s\n' "$2" >&2
    exit 1
}
untried="the same libraries are installed with the line below, then 'make build SKIP_DEPENDENCIES=1' (not tried there)"
case "$family" in
    *" debian "* | *" ubuntu "*) ;;
    *" fedora "*)
        elsewhere "$untried" "sudo dnf install ffmpeg-free-devel libavdevice-free onednn-devel openblas-devel freetype-devel zlib-devel libcurl-devel gcc-c++ pkgconf-pkg-config"
        ;;
    *" arch "*)
        elsewhere "$untried" "sudo pacman -S --needed ffmpeg onednn openblas freetype2 zlib curl gcc pkgconf"
        ;;
    *)
        if [[ $(uname -s) == Darwin ]]; then
            elsewhere "the program is for Linux and does not build on macOS yet; its libraries would come with" \
                "brew install ffmpeg onednn openblas freetype curl pkgconf"
        fi
        elsewhere "install FFmpeg 5.1, oneDNN 2.6, OpenBLAS, FreeType, zlib and libcurl, or newer, with their headers, and pkg-config, then 'make build SKIP_DEPENDENCIES=1'"
        ;;
esac

packages=(
    libavcodec-dev libavformat-dev libavutil-dev libswscale-dev # video
    "${devices:-libavdevice-dev}"                               # webcams; loaded when one is opened
    libdnnl-dev libopenblas-dev                                 # the network
    libfreetype-dev                                             # labels
    libcurl4-openssl-dev                                        # downloads: Foundation, linked statically
    zlib1g-dev                                                  # checksums, histogram files
    pkg-config
)
case "$purpose" in
    --tests)
        packages+=(
            ffmpeg python3
            # a real RTSP server
            gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base
            gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
        )
        ;;
    --package) packages+=(dpkg-dev) ;;
esac

"${BASH_SOURCE[0]%/*}/find-swift.sh" >/dev/null

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null || true) == installed ]]
}

# A package counts as present when dpkg has it installed; pkg-config, ffmpeg and python3 also when a
# program of that name is found, wherever it comes from.
is_present() {
    case "$1" in
        pkg-config | ffmpeg | python3) command -v "$1" >/dev/null && return 0 ;;
        # Only one of the two can be installed; asking for this one would remove the other.
        libcurl4-openssl-dev) is_installed libcurl4-gnutls-dev && return 0 ;;
    esac
    is_installed "$1"
}

missing=()
for package in "${packages[@]}"; do
    is_present "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null ||
    fail "apt-get not found; install by hand what your system calls: ${missing[*]} (or set SKIP_DEPENDENCIES=1)"

if [[ -z $devices ]]; then
    echo "warning: $name (${id:-unknown} ${version:-without a version}) is not among the systems this was tried on; taking the names that Debian 13 has" >&2
fi

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
