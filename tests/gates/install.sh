#!/bin/sh
# SPDX-License-Identifier: MIT
# What tools/install-packages does on a machine that lacks something, with dpkg-query, apt-get, id and sudo acted:
# install.sh SOURCE
set -eu
source=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
act() { # NAME SCRIPT
    printf '#!/bin/sh\n%s\n' "$2" >"$folder/bin/$1"
    chmod +x "$folder/bin/$1"
}
# shellcheck disable=SC2016 # expanded when acted
act apt-get 'echo "apt-get $*" >>"$FOLDER/calls"'
# shellcheck disable=SC2016
act sudo 'echo "sudo" >>"$FOLDER/calls"; exec "$@"'
# shellcheck disable=SC2016
act dpkg-query 'for last; do :; done; case " $MISSING " in *" $last "*) exit 1 ;; esac; echo installed'
# shellcheck disable=SC2016
act id 'echo "$USER_ID"'
for tool in sh env dirname; do
    ln -s "$(command -v $tool)" "$folder/bin/$tool"
done

failures=0
expect() { # NAME USER-ID MISSING STATUS CALLS MESSAGE
    : >"$folder/calls"
    status=0
    env -i PATH="$folder/bin" FOLDER="$folder" USER_ID="$2" MISSING="$3" sh "$source/tools/install-packages" build \
        >"$folder/output" 2>&1 || status=$?
    calls=$(tr '\n' ';' <"$folder/calls")
    message=$(tr '\n' ';' <"$folder/output")
    if [ "$status" = "$4" ] && [ "$calls" = "$5" ] && [ "$message" = "$6" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: status $status, calls '$calls', message '$message'"
        failures=1
    fi
}
update='apt-get update -q;'
install='apt-get install -q -y --no-install-recommends ninja-build libelf-dev;'
says='missing packages: ninja-build libelf-dev;'
expect nothing_missing 0 '' 0 '' ''
expect root_installs 0 'ninja-build libelf-dev' 0 "$update$install" "$says"
expect user_installs_through_sudo 1000 'ninja-build libelf-dev' 0 "sudo;${update}sudo;$install" "$says"
rm "$folder/bin/sudo"
expect user_without_sudo 1000 'ninja-build libelf-dev' 1 '' "${says}install-packages: run this as root, or install sudo;"
expect user_needs_nothing 1000 '' 0 '' ''
exit $failures
