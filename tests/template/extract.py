#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Take a piece of code out of a manual, so that what it shows is what compiles.

    extract.py MANUAL NAME OUT    the block behind the line <!-- compiled: NAME -->, which stands there once
    extract.py MANUAL --every NAMES...    each block of C has such a line, and these are their names
"""
import re
import sys

BLOCK = re.compile(r"^<!-- compiled: (\S+) -->\n```c\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(arguments):
    manual, name, *rest = arguments
    with open(manual, encoding="utf-8") as file:
        text = file.read()
    blocks = BLOCK.findall(text)
    if name == "--every":
        names = [found for found, _ in blocks]
        if sorted(names) != sorted(rest) or len(blocks) != len(re.findall(r"^```c", text, re.MULTILINE)):
            print(f"{manual}: compiled are {sorted(rest)}, blocks of C: {names}")
            return 1
        print(f"{len(names)} blocks, all compiled")
        return 0
    found = [code for label, code in blocks if label == name]
    if len(found) != 1:
        print(f"{manual}: {len(found)} blocks called {name}")
        return 1
    with open(rest[0], "w", encoding="utf-8") as file:
        file.write(f"/* SPDX-License-Identifier: MIT */\n/* Out of {manual.rsplit('/', 1)[-1]}. */\n{found[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
