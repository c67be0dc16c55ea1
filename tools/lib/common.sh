# shellcheck shell=bash disable=SC2034 # used where this is sourced
# What every script here starts from: where we are, and how to talk.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit

# Debian keeps nginx where only root's PATH looks.
PATH="$PATH:/usr/sbin:/sbin"

# Everything a run makes lies here. PARLEY_VAR gives a second instance, or a test, a place of its own.
var=${PARLEY_VAR:-$root/var}
[[ $var == /* ]] || var="$root/$var"

# Debian's own Python, which python3-venv belongs to; another one may come first on PATH.
python=/usr/bin/python3

say() {
    printf '%s\n' "$*"
}

warn() {
    printf 'parley: %s\n' "$*" >&2
}

# die SENTENCE: ends the script. `explained` tells its exit trap that the person knows why.
die() {
    warn "$*"
    explained=yes
    exit 1
}
explained=

# need COMMAND...: each must be there.
need() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || die "$command is missing. \`make deps\` installs what Parley needs."
    done
}

need_swift() {
    command -v swift >/dev/null \
        || die "swift is not on PATH. Install Swift 6.3 (https://www.swift.org/install), then try again. Only packages need root: \`sudo make deps\`."
}
