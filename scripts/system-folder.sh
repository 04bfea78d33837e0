# shellcheck shell=bash
# A Debian or Ubuntu in a folder. Sourced by check-system.sh and check-package.sh, which run in it.

# Statuses of the scripts, as in sysexits.h where it has one.
# shellcheck disable=SC2034 # they use it
readonly status_failed=1 status_usage=64 status_unavailable=69

die() {
    printf 'error: %s\n' "$2" >&2
    exit "$1"
}

step() {
    printf '%s: %s\n' "${0##*/}" "$1"
}

# Runs the calling script, given with its arguments, again with mounts of its own. Whatever ends it, the
# kernel undoes them with its last process, and nobody else ever sees them: no folder is removed through a
# mount that was left behind.
with_own_mounts() {
    [[ ${YOLACT_VIDEO_OWN_MOUNTS:-} != 1 ]] || return 0
    [[ $(id -u) == 0 ]] || die "$status_unavailable" "only root can enter a system in a folder; run it with sudo"
    YOLACT_VIDEO_OWN_MOUNTS=1 exec unshare --mount --propagation private -- "$@"
}

# The folder for a kind of system, unless the user names one.
default_folder() {
    printf '%s/yolact-video/systems/%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}" "$1"
}

# Debian or Ubuntu: whose release a name is.
distribution_of() {
    local script=/usr/share/debootstrap/scripts/$1
    command -v debootstrap >/dev/null ||
        die "$status_unavailable" "debootstrap not found; apt-get install debootstrap"
    if [[ ! -e $script ]]; then
        # The debootstrap of Debian 12 is older than it. All of Ubuntu's are made in one way.
        [[ $1 == noble ]] || die "$status_usage" "debootstrap knows no system '$1'"
        script=/usr/share/debootstrap/scripts/gutsy
    fi
    case "$(basename "$(readlink -f "$script")")" in
        gutsy) echo Ubuntu ;;
        *) echo Debian ;;
    esac
}

# The mirror that this machine's apt uses for a distribution; empty where it uses none.
mirror_of() {
    # The words in $(...) are apt's.
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Origin: $1" "Label: $1" \
        2>/dev/null | head -n 1 || true
}

# The name of the release that lies in a folder; empty where none does.
release_in() {
    [[ -r $1/etc/os-release && ! -e $1/debootstrap ]] || return 0
    sed -n 's/^VERSION_CODENAME=//p' "$1/etc/os-release"
}

# make_system SUITE FOLDER MIRROR: makes the smallest system in the folder, or takes the one that is there.
make_system() {
    local suite=$1 folder=$2 mirror=$3 distribution components=main log script=()
    if [[ -e $folder ]]; then
        [[ $(release_in "$folder") == "$suite" ]] ||
            die "$status_unavailable" "$folder is there and holds no $suite; name another with --directory"
        step "using $suite in $folder"
        return 0
    fi
    distribution=$(distribution_of "$suite")
    if [[ $distribution == Ubuntu ]]; then
        components=main,universe
        script=(gutsy)
    fi
    mirror=${mirror:-$(mirror_of "$distribution")}
    [[ -n $mirror ]] || die "$status_usage" "this machine's apt has no mirror of $distribution; name one with --mirror"
    step "making $suite in $folder (a minute or more)"
    # Under another name until it is whole: one that is there is taken as it is.
    rm -rf --one-file-system "$folder.partial"
    mkdir -p "$folder.partial"
    log=$folder.log
    if ! debootstrap --variant=minbase --components="$components" "$suite" "$folder.partial" "$mirror" \
        "${script[@]}" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -rf --one-file-system "$folder.partial"
        die "$status_unavailable" "debootstrap could not make $suite from $mirror; all it said is in $log"
    fi
    # Such as a signature that could not be checked: Debian brings no keys of Ubuntu.
    grep '^W: ' "$log" >&2 || true
    rm -f "$log"
    mv "$folder.partial" "$folder"
}

# Lets programs in the folder reach devices and the network as programs outside do.
furnish() {
    local folder=$1 file
    mount --rbind /dev "$folder/dev"
    mount --bind /proc "$folder/proc"
    mount --rbind /sys "$folder/sys"
    # Not through the symbolic link that either may be.
    for file in resolv.conf hosts; do
        rm -f "$folder/etc/$file"
        cp --dereference "/etc/$file" "$folder/etc/$file"
    done
    # Proxies and the like; what the system brought itself stays.
    for file in /etc/apt/apt.conf.d/*; do
        [[ -e $folder$file ]] || cp "$file" "$folder$file"
    done
}

# inside FOLDER COMMAND...: runs a command in the folder, with nothing of the caller's environment but proxies.
inside() {
    local folder=$1 name
    shift
    local environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "TERM=${TERM:-dumb}")
    for name in http_proxy https_proxy no_proxy GIT_CONFIG_GLOBAL; do
        [[ -z ${!name:-} ]] || environment+=("$name=${!name}")
    done
    chroot "$folder" env -i "${environment[@]}" "$@"
}

# install_inside FOLDER PACKAGE...: quietly, unless it fails.
install_inside() {
    local folder=$1 log
    shift
    log=$(mktemp)
    if ! { inside "$folder" apt-get --quiet update &&
        inside "$folder" apt-get --quiet --yes --no-install-recommends install "$@"; } >"$log" 2>&1; then
        tail -n 10 "$log" >&2
        rm -f "$log"
        die "$status_unavailable" "apt-get in $folder could not install: $*"
    fi
    rm -f "$log"
}
