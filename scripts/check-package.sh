#!/usr/bin/env bash
# Installs a package in a bare system, where there is no Swift, and runs the program there.
set -euo pipefail
# shellcheck source=scripts/system-folder.sh
. "$(dirname "${BASH_SOURCE[0]}")/system-folder.sh"

usage() {
    cat <<TEXT
usage: scripts/check-package.sh [options] PACKAGE

Installs a Debian package in a copy of a bare system with apt, segments the
sample clip there, and removes the package again. Needs root, on Linux.

options:
  --suite NAME      the system, as debootstrap calls it (default: the one whose
                    name the package's version ends in)
  --directory DIR   a folder with the bare system, which is made if it is not
                    there and not changed (default: $(default_folder SUITE-bare))
  --mirror URL      where packages come from (default: this machine's mirror)
  --help            this text

exit status: 0 all passed; 1 something did not; 64 usage; 69 no system could be made
TEXT
}

usage_error() {
    die "$status_usage" "$1; see 'scripts/check-package.sh --help'"
}

arguments=("$@")
suite="" folder="" mirror="" package=""
while (($#)); do
    case "$1" in
        --help | -h) usage && exit 0 ;;
        --suite | --directory | --mirror)
            (($# > 1)) || usage_error "$1 needs a value"
            case "$1" in
                --suite) suite=$2 ;;
                --directory) folder=$2 ;;
                --mirror) mirror=$2 ;;
            esac
            shift
            ;;
        -*) usage_error "unknown option $1" ;;
        *)
            [[ -z $package ]] || usage_error "more than one package"
            package=$1
            ;;
    esac
    shift
done
[[ -f $package ]] || usage_error "${package:-a package}: no such file"
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
if [[ -z $suite ]]; then
    version=$(dpkg-deb --field "$package" Version) || exit "$status_usage"
    case "$version" in
        *+deb12) suite=bookworm ;;
        *+deb13) suite=trixie ;;
        *+ubuntu24.04) suite=noble ;;
        *) usage_error "the version $version tells no system; name it with --suite" ;;
    esac
fi
folder=$(realpath --canonicalize-missing "${folder:-$(default_folder "$suite-bare")}")
with_own_mounts "$checkout/scripts/check-package.sh" "${arguments[@]}"

make_system "$suite" "$folder" "$mirror"
# A copy, so that what one run installs is not there in the next. Its removal stays within its file system:
# what is mounted in it is left alone.
copy=$(mktemp -d -p "$(dirname "$folder")" "$suite-check.XXXXXX")
trap 'umount --recursive --lazy "$copy"/{dev,proc,sys} 2>/dev/null || true
    rm -rf --one-file-system "$copy"' EXIT
# Whatever may be mounted in it stays out.
cp --archive --one-file-system "$folder/." "$copy"
furnish "$copy"
cp "$package" "$copy/root/yolact-video.deb"
cp "$checkout/samples/shapes.mp4" "$copy/root/"

run() {
    inside "$copy" "$@"
}
failed() {
    die "$status_failed" "$suite: $1"
}

[[ -z $(find "$copy/usr" "$copy/opt" -name 'libswiftCore*' -print -quit) ]] ||
    failed "there is a Swift runtime in the bare system"
install_inside "$copy" /root/yolact-video.deb
step "$suite: installed with nothing but what the package depends on"
run yolact-video --version || failed "--version failed"
run yolact-video --version | grep -q '^OpenBLAS *not found' ||
    failed "OpenBLAS is there although only dependencies were installed"

run yolact-video segment /root/shapes.mp4 -o /root/out.mp4 --json /root/out.ndjson ||
    failed "segment failed"
[[ $(wc -l <"$copy/root/out.ndjson") == 300 && -s $copy/root/out.mp4 ]] ||
    failed "segment wrote something else than 300 frames"
step "$suite: without OpenBLAS its engine must be refused"
if run yolact-video segment /root/shapes.mp4 --frames 1 --engine openblas --quiet \
    --json /root/blas.ndjson; then
    failed "the engine openblas ran without OpenBLAS"
fi
install_inside "$copy" libopenblas0
run yolact-video segment /root/shapes.mp4 --frames 10 --engine openblas --quiet \
    --json /root/blas.ndjson || failed "segment --engine openblas failed"
step "$suite: both engines ran"

run dpkg --remove yolact-video >/dev/null || failed "the package could not be removed"
left=$(cd "$copy" && find usr -path '*yolact*' -print -quit)
[[ -z $left ]] || failed "the package left $left behind"
step "$suite: passed"
