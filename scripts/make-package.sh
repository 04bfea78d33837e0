#!/usr/bin/env bash
# Makes a Debian package of a built program: scripts/make-package.sh PROGRAM FOLDER. It fits the release of
# Debian or Ubuntu that it is made on. PACKAGE_MAINTAINER names who answers for it.
set -euo pipefail

(($# == 2)) || {
    echo "usage: ${0##*/} PROGRAM FOLDER" >&2
    exit 64
}
fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}
for tool in dpkg-deb dpkg-shlibdeps strip readelf; do
    command -v "$tool" >/dev/null || fail "$tool not found; apt-get install dpkg-dev binutils"
done

program=$(realpath "$1")
mkdir -p "$2"
output=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x $program ]] || fail "$program is not there; make build"
if readelf --dynamic "$program" | grep -q 'NEEDED.*libswiftCore'; then
    fail "$program needs the Swift toolchain's libraries; build it with make build"
fi

swift=$(scripts/find-swift.sh)
toolchain=$("$swift" -print-target-info |
    sed -n 's/.*"runtimeResourcePath": "\(.*\)\/lib\/swift".*/\1/p')
[[ -r $toolchain/share/swift/LICENSE.txt ]] || fail "$swift does not tell where its licence is"

# Whoever builds may have a stricter mask; what is installed is for everyone.
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
doc=$root/usr/share/doc/yolact-video
units=$root/usr/lib/systemd/system
make --no-print-directory --silent install DESTDIR="$root" PREFIX=/usr
installed=$root/usr/lib/yolact-video/yolact-video
strip --strip-unneeded "$installed"

# Where Debian's zsh looks for what packages bring.
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
install -d "$doc/examples" "$units"
install -m 644 README.md CHANGELOG.md "$doc"
install -m 644 samples/stream/yolact-stream.service "$units"
install -m 644 samples/stream/cameras.txt "$doc/examples"
{
    cat LICENSE
    printf '\nThe font DejaVu Sans Bold:\n\n'
    cat Sources/Pipeline/Resources/DejaVuSans-LICENSE.txt
    # What is linked statically comes along in binary form, which its licences want to be told.
    for folder in .build/checkouts/*/; do
        printf '\n%s:\n\n' "$(basename "$folder")"
        find "$folder" -maxdepth 1 \( -name 'LICENSE*' -o -name 'NOTICE*' \) -print0 | sort -z |
            xargs -0 cat
    done
    printf '\nSwift and its libraries:\n\n'
    cat "$toolchain/share/swift/LICENSE.txt"
    # The toolchain does not bring the licence of this part of them.
    printf '\nAmong them ICU: © 2016 and later: Unicode, Inc. and others.\n'
    printf 'License & terms of use: http://www.unicode.org/copyright.html\n'
} >"$doc/copyright"

# The release in the version: packages for a later one count as newer when a system is upgraded.
# shellcheck source=/dev/null
system=$(. /etc/os-release && echo "$ID${VERSION_ID:-$VERSION_CODENAME}")
number=$("$program" --version | sed -n '1s/^yolact-video \([^ ]*\).*/\1/p')
[[ -n $number ]] || fail "$program tells no version"
version=$number+${system/#debian/deb}
architecture=$(dpkg --print-architecture)

# The libraries it is linked to, by what their packages say of themselves. Beside them two that are loaded
# when they are asked for: the second engine, and FFmpeg's devices in the release of FFmpeg.
mkdir -p "$work/debian"
printf 'Source: yolact-video\n\nPackage: yolact-video\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "-e$installed" 2>"$work/log") || {
    cat "$work/log" >&2
    fail "dpkg-shlibdeps could not tell what $program needs"
}
depends=${depends#shlibs:Depends=}
ffmpeg=$(readelf --dynamic "$installed" | sed -n 's/.*\[libavformat\.so\.\([0-9]*\)\].*/\1/p')

install -d "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
cat >"$root/DEBIAN/control" <<CONTROL
Package: yolact-video
Version: $version
Architecture: $architecture
Maintainer: ${PACKAGE_MAINTAINER:-The yolact-video authors}
Installed-Size: $(du --summarize --block-size=1K "$root/usr" | cut -f 1)
Depends: $depends
Recommends: libopenblas0, libavdevice$ffmpeg, ca-certificates
Section: video
Priority: optional
Description: instance segmentation on video with YOLACT, on CPUs
 Finds the instances of objects in every frame of a file or a live camera
 and writes the video with masks, boxes and labels painted on, or the
 instances as JSON. Runs the official weights on oneDNN or OpenBLAS.
CONTROL

# The same sources make the same package: times are those of the commit.
epoch=$(git log -1 --format=%ct 2>/dev/null || true)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-${epoch:-$(date +%s)}}
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
package=$output/yolact-video_${version}_$architecture.deb
# Those of other releases may stay beside it.
rm -f "$output"/yolact-video_*+"${version##*+}"_"$architecture".deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
dpkg-deb --field "$package" Version Depends Recommends Installed-Size
