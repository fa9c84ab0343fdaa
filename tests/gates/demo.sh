#!/bin/sh
# SPDX-License-Identifier: MIT
# Does tools/demo show what it promises? demo.sh SOURCE TREE
set -eu
output=$("$1/tools/demo" --no-install "$2") || { echo "exit status $?: $output" && exit 1; }
failures=0
for line in 'smf build -o hello\.smf hello\.c' 'hello\.smf: [0-9]* bytes' 'P128 canonical' 'undefined, stub  *printf' ' greet$' \
    'hello\.smf: good' '^    Good day from a module, number 2\.$' '^    2$' '^    Hello, you\.$' 'number 3\.$' 'smf: cut\.smf: no' \
    '^    one: call [0-9]*, [0-9]* in this version$' 'smf ar create talk\.lsm' 'A MODULE IN A LIBRARY!!$' "no module 'talk/whisper' in talk\.lsm$" \
    'function sort<T: compare>(\*T, usize), record of [0-9]* bytes$' ' map_get<K: equal + hash, V>(\*Map<K, V>, \*K) -> \*V$' \
    '^    Nairobi  *4397 thousand$' 'Tromso lies at 69\.65 degrees north$' ' unit  *i64: [0-9]* bytes' ' took  *[0-9.]* microseconds' \
    'counter\.smf: reloaded, version 2$' '^    two: call [0-9]*, 1 in this version$'; do
    echo "$output" | grep -q -- "$line" || { echo "not shown: $line" && failures=1; }
done
"$1/tools/demo" --help | grep -q '^usage: tools/demo' || { echo "--help shows no usage" && failures=1; }
status=0
"$1/tools/demo" --no-install --nothing "$2" >/dev/null 2>&1 || status=$?
[ $status = 2 ] || { echo "exit status of an option that is none: $status" && failures=1; }
lines=$(echo "$output" | wc -l)
[ "$lines" -le 64 ] || { echo "$lines lines are too many" && failures=1; }
[ $failures = 0 ] || echo "$output"
exit $failures
