#!/bin/sh
# /usr/local/bin/parley: for root the program as the service runs it, for everybody else the program.
#
# The program reads its environment and ./.env, neither of which is the service's where an operator happens to stand:
# `parley user add` would make a database of its own. So for root this reads the service's settings and keys, goes to
# its directory and becomes its user, that all it makes belongs there (docs/decisions/0089). What parley.service says
# is said here again. `make install` puts it in place; what the caller has in the environment goes before the files.
set -eu

program=$(dirname "$(readlink -f "$0")")/../lib/parley/parley
settings=/etc/parley/parley.env
credentials=/etc/parley/credentials
state=/var/lib/parley
user=parley

case ${1:-} in
    # They speak with a site over HTTP, and read and write the caller's own files.
    ask | watch | export) exec "$program" "$@" ;;
esac
if [ "$(id -u)" != 0 ] || [ ! -r "$settings" ]; then exec "$program" "$@"; fi

# trim TEXT: $trimmed is without the white space around it.
trim() {
    trimmed=${1#"${1%%[![:space:]]*}"}
    trimmed=${trimmed%"${trimmed##*[![:space:]]}"}
}

# take NAME VALUE: a setting, unless it is there already; an empty one is there, and switches its key off.
take() {
    case $1 in "" | [!A-Za-z_]* | *[!A-Za-z0-9_]*) return 0 ;; esac
    eval "[ -n \"\${$1+set}\" ]" || export "$1=$2"
}

group=$(id -g "$user")
# Root's own, which nobody else can enter.
unset CREDENTIALS_DIRECTORY TMPDIR
HOME=$state

# Read as systemd does, not as a shell would: nothing is expanded, one pair of quotes is taken off. (What systemd has
# besides, joined lines and backslashes, no setting needs.)
while IFS= read -r line || [ -n "$line" ]; do
    trim "${line%%=*}"
    name=$trimmed
    trim "${line#*=}"
    value=$trimmed
    case $value in \"*\" | \'*\') value=${value#?} value=${value%?} ;; esac
    case $line in *=*) take "$name" "$value" ;; esac
done <"$settings"

# Only root can read them. In the environment they are seen by root and the service's user, who has them anyway.
for file in "$credentials"/*; do
    [ -f "$file" ] || continue
    trim "$(cat "$file")"
    take "${file##*/}" "$trimmed"
done

# A backup is named as it is seen from where the caller stands.
for argument do
    shift
    [ ! -f "$argument/manifest.json" ] || argument=$(realpath -- "$argument")
    set -- "$@" "$argument"
done

program=$(realpath "$program")
cd "$state"
umask 077
exec setpriv --reuid "$user" --regid "$group" --init-groups "$program" "$@"
