#!/usr/bin/env bash
# Prints the path of a swift that is new enough; one line on standard error and status 1 without one.
set -euo pipefail

needed_major=6
needed_minor=3

rejected=""
while IFS= read -r candidate; do
    [[ -x $candidate ]] || continue
    if [[ $("$candidate" --version 2>/dev/null || true) =~ Swift\ version\ ([0-9]+)\.([0-9]+) ]]; then
        major=${BASH_REMATCH[1]}
        minor=${BASH_REMATCH[2]}
        if ((major > needed_major || (major == needed_major && minor >= needed_minor))); then
            printf '%s\n' "$candidate"
            exit 0
        fi
        rejected=${rejected:-"$candidate is Swift $major.$minor"}
    else
        rejected=${rejected:-"$candidate does not run"}
    fi
done < <(
    command -v swift || true
    printf '%s\n' /opt/swift/usr/bin/swift "${HOME:-/root}/.local/share/swiftly/bin/swift"
)

printf 'error: Swift %d.%d or newer is needed (%s); see https://www.swift.org/install/linux\n' \
    "$needed_major" "$needed_minor" "${rejected:-none found}" >&2
exit 1
