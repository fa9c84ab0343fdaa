#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What port/baremetal tells caches and TLB, read from the instructions that the compiler made: QEMU would not miss them.

    instructions.py OBJDUMP LIBRARY      AArch64: each path through sync_code and flush has the maintenance of the Arm ARM
    instructions.py --must-fail          sequences that leave something out are refused

A path is followed through branches both ways; a loop is left out or gone through once. Prints TAP.
"""
import re
import subprocess
import sys

MAINTENANCE = re.compile(r"(dc\s+cvau|ic\s+ivau|tlbi\s+vaae1is|dsb\s+\w+|isb)\b")
# B2.4.4: clean, barrier, invalidate, barrier, and the pipeline; CTR_EL0.IDC and DIC leave out the two operations; a loop over no bytes at all does.
SYNC = re.compile(r"(dc cvau;)?dsb ish;((ic ivau;)?dsb ish;)?isb;")
# D8.14: the entry, the invalidation, its completion, and the pipeline. No pages: no invalidation.
FLUSH = re.compile(r"dsb ishst;(tlbi vaae1is;)?dsb ish;isb;")
# What must be on one path at least: all of it.
WHOLE = {"smf_machine_sync_code": (SYNC, "dc cvau;dsb ish;ic ivau;dsb ish;isb;"),
         "smf_machine_flush": (FLUSH, "dsb ishst;tlbi vaae1is;dsb ish;isb;")}


def functions(text):
    """Name -> list of (address, instruction text)."""
    found, name = {}, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(\S+)>:", line)
        code = re.match(r"\s*([0-9a-f]+):\s+[0-9a-f]{8}\s+(.*)", line)
        if head:
            name = head[1]
            found[name] = []
        elif code and name:
            found[name].append((int(code[1], 16), re.sub(r"\s+", " ", code[2].split("//")[0]).strip()))
    return found


def paths(code):
    """Maintenance sequences from the start to each ret; a branch is taken each way once on a path."""
    at = {address: index for index, (address, _) in enumerate(code)}
    done, todo = set(), [(0, "", frozenset())]
    while todo:
        index, sequence, taken = todo.pop()
        while True:
            address, text = code[index]
            operation = MAINTENANCE.match(text)
            if operation:
                sequence += re.sub(r"\s+", " ", operation[1]) + ";"
            if text == "ret":
                done.add(sequence)
                break
            branch = re.match(r"(b\.\w+|b|cbn?z|tbn?z)\b.*?([0-9a-f]+) <", text)
            if branch:
                if (address, "away") not in taken:
                    todo.append((at[int(branch[2], 16)], sequence, taken | {(address, "away")}))
                if branch[1] == "b" or (address, "on") in taken:
                    break
                taken = taken | {(address, "on")}
            index += 1
    return done


def once(sequence):
    """A loop's second turn says nothing new."""
    return re.sub(r"((?:dc cvau|ic ivau|tlbi vaae1is);)\1+", r"\1", sequence)


def check(name, code):
    allowed, whole = WHOLE[name]
    found = {once(sequence) for sequence in paths(code)}
    problems = [f"a path does '{sequence}'" for sequence in sorted(found) if not allowed.fullmatch(sequence)]
    return problems + ([] if whole in found else [f"no path does '{whole}': {sorted(found)}"])


def must_fail():
    good = ["dc cvau, x0", "dsb ish", "ic ivau, x0", "dsb ish", "isb", "ret"]
    listed = lambda lines: [(4 * i, text) for i, text in enumerate(lines)]
    assert not check("smf_machine_sync_code", listed(good))
    for i in range(len(good) - 1):
        assert check("smf_machine_sync_code", listed(good[:i] + good[i + 1:])), f"nobody misses {good[i]}"
    swapped = good[2:3] + good[1:2] + good[0:1] + good[3:]
    assert check("smf_machine_sync_code", listed(swapped)), "invalidating first is not refused"
    skipping = [(0, "dc cvau, x0"), (4, "cbz x1, c <f+0xc>"), (8, "dsb ish"), (12, "isb"), (16, "ret")]
    assert check("smf_machine_sync_code", skipping), "a path without a barrier is not refused"
    print("ok 1 - sequences that leave something out are refused\n1..1")


def main(arguments):
    if arguments == ["--must-fail"]:
        must_fail()
        return 0
    text = subprocess.run([arguments[0], "-d", arguments[1]], check=True, capture_output=True, text=True).stdout
    found, failures = functions(text), 0
    for number, name in enumerate(WHOLE, 1):
        problems = check(name, found[name]) if name in found else ["not there"]
        failures += bool(problems)
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ' if problems else ''}ok {number} - {name}")
    print(f"1..{len(WHOLE)}")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
