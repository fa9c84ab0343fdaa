#!/bin/sh
# SPDX-License-Identifier: MIT
# Configure and build another preset inside this build tree and, if labels are given, run its tests:
# preset.sh SOURCE TREES PRESET [CTEST-LABELS [OPTION-OF-CMAKE...]]. Quiet when all is well; prints what matters when not.
set -eu
source=$1 tree=$2/$3 preset=$3 labels=${4-}
shift "$(($# < 4 ? $# : 4))"
jobs=${SMF_JOBS:-$(nproc)}
mkdir -p "$tree"

quietly() { # LOG COMMAND...: the end of the log only on failure
    log=$tree/$1
    shift
    "$@" >"$log" 2>&1 && return
    echo "failed: $*"
    grep -E -A12 'error:|FAILED:|CMake Error' "$log" | head -60 || tail -30 "$log"
    exit 1
}

cd "$source"
quietly configure.log cmake --fresh --preset "$preset" -B "$tree" "$@" # fresh: a changed toolchain file counts
quietly build.log cmake --build "$tree" --parallel "$jobs"
[ -n "$labels" ] || exit 0
if ctest --test-dir "$tree" -L "$labels" -LE '^once$' --parallel "$jobs" --output-on-failure --no-tests=error \
    >"$tree/test.log" 2>&1; then
    grep 'tests passed' "$tree/test.log"
    exit 0
fi
# TAP lines that failed, sanitizer findings, and the summary.
grep -E '^not ok|^#   |ERROR: AddressSanitizer|runtime error|^    #[0-9] |SUMMARY:|\*\*\*' "$tree/test.log" | head -80
sed -n '/tests passed/,$p' "$tree/test.log"
exit 1
