#!/usr/bin/env bash
# Builds and tests a clean clone of this checkout in another system.
set -euo pipefail
# shellcheck source=scripts/system-folder.sh
. "$(dirname "${BASH_SOURCE[0]}")/system-folder.sh"

usage() {
    cat <<TEXT
usage: scripts/check-system.sh [options] SUITE

Makes a Debian or Ubuntu in a folder with debootstrap, or takes the one that is
there, clones this checkout's HEAD into it, and runs make there. The Swift
toolchain is lent to it. A package that was made there is copied into 'out'.
Needs root, on Linux. Mounts end with the script.

SUITE is a name that debootstrap knows, such as trixie (Debian 13), bookworm
(Debian 12) or noble (Ubuntu 24.04).

options:
  --directory DIR   the folder (default: $(default_folder SUITE))
  --mirror URL      where packages come from (default: this machine's mirror)
  --targets LIST    what make is to make, in order (default: 'demo test')
  --help            this text

exit status: 0 all passed; 1 something did not; 64 usage; 69 no system could be made
TEXT
}

usage_error() {
    die "$status_usage" "$1; see 'scripts/check-system.sh --help'"
}

arguments=("$@")
suite="" folder="" mirror="" targets="demo test"
while (($#)); do
    case "$1" in
        --help | -h) usage && exit 0 ;;
        --directory | --mirror | --targets)
            (($# > 1)) || usage_error "$1 needs a value"
            case "$1" in
                --directory) folder=$2 ;;
                --mirror) mirror=$2 ;;
                --targets) targets=$2 ;;
            esac
            shift
            ;;
        -*) usage_error "unknown option $1" ;;
        *)
            [[ -z $suite ]] || usage_error "more than one system"
            suite=$1
            ;;
    esac
    shift
done
[[ -n $suite ]] || usage_error "no system named"
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
folder=$(realpath --canonicalize-missing "${folder:-$(default_folder "$suite")}")
swift=$("$checkout/scripts/find-swift.sh") || exit "$status_unavailable"
with_own_mounts "$checkout/scripts/check-system.sh" "${arguments[@]}"

make_system "$suite" "$folder" "$mirror"
furnish "$folder"
# Beside what `make` installs itself: what a checkout is fetched and built with, and what the toolchain's
# programs are linked to.
install_inside "$folder" ca-certificates git make g++ tzdata \
    libcurl4 libedit2 libncurses6 libsqlite3-0 libxml2

# The toolchain, where scripts/find-swift.sh looks for it. It tells itself where it is: swift may be swiftly,
# which stands before all toolchains.
toolchain=$("$swift" -print-target-info |
    sed -n 's/.*"runtimeResourcePath": "\(.*\)\/lib\/swift".*/\1/p')
[[ -x $toolchain/bin/swift ]] || die "$status_unavailable" "$swift does not tell where its toolchain is"
mkdir -p "$folder/opt/swift/usr"
mount --bind -o ro "$toolchain" "$folder/opt/swift/usr"

# Packages come from where this machine's git takes them, which may be a folder.
settings=/etc/yolact-video.gitconfig
rm -f "$folder$settings"
git config --file "$folder$settings" safe.directory '*'
while read -r key value; do
    git config --file "$folder$settings" --add "$key" "$value"
    source=${key#url.}
    source=${source%.insteadof}
    if [[ -d $source ]]; then
        mkdir -p "$folder$source"
        mount --bind -o ro "$source" "$folder$source"
    fi
done < <(git -C / config --get-regexp '^url\..*\.insteadof$' | sort --unique || true)

# The checkout may be another user's.
export GIT_CONFIG_GLOBAL=$folder$settings
clone=/root/yolact-video
[[ -z $(git -C "$checkout" status --porcelain --untracked-files=no) ]] ||
    step "changes that are not committed are left out"
rm -rf --one-file-system "${folder:?}$clone"
git clone --quiet --no-hardlinks "$checkout" "$folder$clone"

commit=$(git -C "$folder$clone" rev-parse --short=12 HEAD)
system=$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' "$folder/etc/os-release")
export GIT_CONFIG_GLOBAL=$settings
for target in $targets; do
    step "$system, $commit: make $target"
    SECONDS=0
    inside "$folder" make --no-print-directory -C "$clone" "$target" ||
        die "$status_failed" "$system, $commit: make $target failed; the clone is $folder$clone"
    step "$system, $commit: make $target passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
done
for package in "$folder$clone"/out/yolact-video_*.deb; do
    [[ -e $package ]] || continue
    mkdir -p "$checkout/out"
    cp "$package" "$checkout/out/"
    step "$system: out/$(basename "$package")"
done
# Kept after a failure only; it is large.
rm -rf --one-file-system "${folder:?}$clone"
