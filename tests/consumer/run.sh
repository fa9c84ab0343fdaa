#!/bin/sh
# SPDX-License-Identifier: MIT
# Use smf as a stranger does: the README's program built in a project of its own, run on a real module.
# run.sh SOURCE TREE MODULE FOLDER subdirectory|package|pkg-config
#   TREE is a built tree of SOURCE (to install from), MODULE has add(), FOLDER is made anew.
set -eu
source=$1 tree=$2 module=$3 folder=$4 way=$5
rm -rf "$folder"
mkdir -p "$folder"
program=$folder/program.c
sed -n '/^<!-- program:/,/^<!-- end of the program/{/^```/d;/^<!--/d;p}' "$source/README.md" >"$program"
lines=$(wc -l <"$program")
if [ "$lines" -gt 30 ]; then
    echo "the README's program has grown to $lines lines" && exit 1
fi

quietly() {
    "$@" >"$folder/log" 2>&1 || { echo "failed: $*" && cat "$folder/log" && exit 1; }
}
says() { # PROGRAM: it has to print the sum, and to say what is wrong with a file that is no module
    output=$("$1" "$module") || { echo "$1: exit status $?: $output" && exit 1; }
    [ "$output" = "2 + 3 = 5" ] || { echo "$1 printed: $output" && exit 1; }
    if output=$("$1" "$program"); then
        echo "$1 loads a text file: $output" && exit 1
    fi
    [ -n "$output" ] || { echo "$1: no diagnosis" && exit 1; }
    echo "$(basename "$1"): 2 + 3 = 5; a text file: $output"
}

[ "$way" = subdirectory ] || quietly cmake --install "$tree" --prefix "$folder/prefix"
case $way in
subdirectory)
    guest() {
        cmake -G Ninja -S "$source/tests/consumer/subdirectory" -B "$folder/build" -DSMF_SOURCE="$source" -DPROGRAM="$program" \
            -DADD="$source/examples/add.c" "$@"
    }
    if guest -DSMF_COMMAND= >"$folder/log" 2>&1; then
        echo "modules are made without the smf command" && exit 1
    fi
    grep -q 'say -DSMF_COMMAND=FILE' "$folder/log" || { cat "$folder/log" && exit 1; }
    rm -rf "$folder/build"
    quietly guest -DSMF_COMMAND="$tree/tools/smf/smf"
    quietly cmake --build "$folder/build"
    module=$folder/build/own.smf
    says "$folder/build/program"
    ;;
package)
    quietly cmake -G Ninja -S "$source/tests/consumer/package" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/prefix" \
        -DPROGRAM="$program" -DADD="$source/examples/add.c"
    quietly cmake --build "$folder/build"
    says "$folder/build/program"
    module=$folder/build/own.smf
    smf=$folder/prefix/bin/smf
    names=$("$smf" ar list "$folder/build/numbers.lsm")
    [ "$names" = "$(printf 'math/add\nown')" ] || { echo "numbers.lsm has these names: $names" && exit 1; }
    quietly "$smf" ar extract -C "$folder" "$folder/build/numbers.lsm" math/add
    quietly cmp "$module" "$folder/math/add.smf"
    says "$folder/build/program"
    says "$folder/build/program_cpp"
    says "$folder/build/program_hosted"
    for method in lz4 zstd; do
        module=$folder/build/packed_$method.smf
        size=$(wc -c <"$module")
        [ "$size" -lt 4000 ] || { echo "COMPRESS $method has made $size bytes" && exit 1; }
        says "$folder/build/program_hosted"
    done
    ;;
pkg-config)
    PKG_CONFIG_PATH=$(dirname "$(find "$folder/prefix" -name smf.pc)")
    export PKG_CONFIG_PATH
    # shellcheck disable=SC2046 # words are meant to split
    quietly cc -Wall -Wextra -Werror -o "$folder/program" "$program" $(pkg-config --cflags --libs smf)
    says "$folder/program"
    ;;
esac
