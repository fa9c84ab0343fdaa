#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each detail of a failure that is about templates is expected by name in a test: details.py ROOT"""
import os
import re
import sys

root = sys.argv[1]
with open(os.path.join(root, "core/include/smf/template_details.def"), encoding="utf-8") as file:
    names = re.findall(r"^SMF_DETAIL_ENTRY\((\w+),", file.read(), re.MULTILINE)
words = set()
for folder in ("generic", "taker", "system", "fuzz"):
    for where, _, files in os.walk(os.path.join(root, "tests", folder)):
        for name in files:
            if name.endswith((".c", ".h", ".py")):
                with open(os.path.join(where, name), encoding="utf-8") as file:
                    words.update(re.findall(r"\w+", file.read()))
missing = [name for name in names if "SMF_DETAIL_" + name not in words and name not in words]
for name in missing:
    print(f"{name}: no test names it")
print(f"{len(names)} details of templates, {len(missing)} in no test")
sys.exit(bool(missing) or len(names) < 60)
