#!/bin/sh
# SPDX-License-Identifier: MIT
# Does ctest notice a program that fails, crashes, hangs, is missing, or runs no case? runner.sh FAILING-PROGRAM
set -eu
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
    for name in passes fails crashes hangs no_such_case; do
        echo "add_test($name \"$program\" $name)"
        echo "set_tests_properties($name PROPERTIES TIMEOUT 2)"
    done
    echo "add_test(no_such_program \"$folder/nothing\")"
} >"$folder/CTestTestfile.cmake"

failures=0
expect() { # TEST EXIT-STATUS PATTERN
    status=0
    # shellcheck disable=SC3045 # no core file of a crash on purpose: dash and bash have ulimit -c
    (ulimit -c 0 && ctest --test-dir "$folder" -R "^$1\$" --output-on-failure) >"$folder/output" 2>&1 || status=$?
    if { [ "$2" = 0 ] && [ $status != 0 ]; } || { [ "$2" != 0 ] && [ $status = 0 ]; } || ! grep -q "$3" "$folder/output"; then
        echo "not ok - $1: status $status, wanted $2 and '$3'"
        cat "$folder/output"
        failures=1
    else
        echo "ok - $1"
    fi
}
expect passes 0 '100% tests passed'
expect fails 8 "rerun: $program 'fails'"
expect crashes 8 'Exception: SegFault'
expect hangs 8 'Timeout'
expect no_such_case 8 "no case is called 'no_such_case'"
expect no_such_program 8 'Not Run'
exit $failures
