#!/usr/bin/env bash
# Prints the commit that is checked out, with -dirty behind it where files differ from it; prints nothing
# where the sources are no checkout of their own. YOLACT_VIDEO_COMMIT, if set, is printed instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -n ${YOLACT_VIDEO_COMMIT:-} ]]; then
    printf '%s\n' "$YOLACT_VIDEO_COMMIT"
    exit 0
fi
# An archive of the sources may have been unpacked inside another project's checkout.
top=$(git rev-parse --show-toplevel 2>/dev/null || true)
[[ -n $top && $top -ef . ]] || exit 0
git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || true
