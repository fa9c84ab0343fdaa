#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""examples/crash.c names the module and the function that it crashed in: crash.py PROGRAM MODULE"""
import re
import subprocess
import sys

CASES = [
    # arguments, exit status, what is printed
    (["divide", "10"], 0, r"100\n"),
    (["crash_at", "0"], 128 + 11, r"crash: in module crashing, crash_at \+ 0x[0-9a-f]{1,2}\n"),
    (["divide", "0"], 128 + 4, r"crash: in module crashing, divide \+ 0x[0-9a-f]{1,2}\n"),
    (["nothing"], 1, r"crash: no function nothing\n"),
]


def main():
    program, module = sys.argv[1:]
    failed = 0
    for number, (arguments, status, text) in enumerate(CASES, 1):
        run = subprocess.run([program, module, *arguments], capture_output=True, text=True, timeout=60, check=False)
        good = run.returncode == status and re.fullmatch(text, run.stdout + run.stderr)
        print(f"{'ok' if good else 'not ok'} {number} - {' '.join(arguments)}")
        if not good:
            failed += 1
            print(f"#   exit status {run.returncode}, wanted {status}; printed {run.stdout + run.stderr!r}\n"
                  f"#   rerun: {program} {module} {' '.join(arguments)}")
    print(f"1..{len(CASES)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
