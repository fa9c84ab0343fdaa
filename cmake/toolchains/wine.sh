#!/bin/sh
# SPDX-License-Identifier: MIT
# Windows programs on this machine, through wine, in a Windows of their own:
#   wine.sh FOLDER PROGRAM ARGUMENT...   run one; its exit status, modulo 256
#   wine.sh FOLDER --prepare             make that Windows (8 s, 700 MB) if FOLDER holds none yet
#   wine.sh FOLDER --stop                end its server, and nobody else's
# FOLDER is the WINEPREFIX. No display is needed or used. Exit status 77: there is no wine.
set -eu
folder=$1
shift

# Debian puts the loader where PATH does not look.
find_first() {
    for one in "$@"; do
        found=$(command -v "$one" 2>/dev/null) && echo "$found" && return
    done
    echo "wine.sh: none of these is installed: $*" >&2
    exit 77
}
wine=$(find_first /usr/lib/wine/wine64 wine64 wine)

export WINEPREFIX="$folder" WINEDEBUG=-all WINEARCH=win64
# A crash ends the program, with a status that can be told from 0: no debugger starts, and nobody is asked to install anything.
export WINEDLLOVERRIDES='winedbg.exe=d;mscoree=d;mshtml=d'
unset DISPLAY WAYLAND_DISPLAY

server=$(find_first /usr/lib/wine/wineserver64 /usr/lib/wine/wineserver wineserver)
stop() { "$server" -k || :; } # says 1 where none runs

case ${1-} in
--prepare)
    [ ! -e "$folder/ready" ] || exit 0
    rm -rf "$folder"
    mkdir -p "$folder"
    "$wine" wineboot --init >"$folder.log" 2>&1 || { cat "$folder.log" >&2 && exit 1; }
    stop
    touch "$folder/ready"
    ;;
--stop) stop ;;
*)
    # The server and the services of that Windows outlive a program, and would keep its pipes: who reads these would wait.
    # So they are started first, without any, by one of those who come at once. They go when idle for a minute.
    exec 9>"$folder.lock"
    flock 9
    if "$server" -p60 9>&- </dev/null >/dev/null 2>&1; then # 2: it runs
        "$wine" wineboot 9>&- </dev/null >/dev/null 2>&1 || :
    fi
    exec 9>&-
    exec "$wine" "$@"
    ;;
esac
