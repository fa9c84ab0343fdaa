#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a port tells the processor about new code, read from the instructions: QEMU would not miss it.

    sync_code.py OBJDUMP LIBRARY FUNCTION KIND    every way through FUNCTION does what KIND asks for, in this order
    sync_code.py --must-fail                      what leaves something out, or turns it round, is refused

KIND: cortex-m   DSB, then ISB (Armv7-M ARM A3.7.3, Armv8-M ARM B7.4.2: no cache of the processor's own)
      system     the C library's or compiler's function gets the region: bytes, bytes + size
Prints TAP.
"""
import re
import subprocess
import sys

CALLS = r"(?:__clear_cache|__aarch64_sync_cache_range|__riscv_flush_icache)"
# Operations of interest in objdump's lines, and the name that each has in a sequence.
OPERATIONS = {
    "cortex-m": ((r"dsb(\s+sy)?$", "dsb"), (r"isb(\s+sy)?$", "isb")),
    # struct smf_region: bytes at 0, size at 16 on machines of 64 bits
    "system": ((r"ldr?\s+\w+,\s*(\[\w+\]|0\(\w+\))$", "bytes"), (r"ldr?\s+\w+,\s*(\[\w+, #16\]|16\(\w+\))$", "size"),
               (r"add\s+(?!sp\b)\w+,\s*\w+,\s*(?!sp\b)[ax]\d+$", "end"),
               (r"[0-9a-f]+:\s+R_\w+\s+" + CALLS + r"\b", "call")),
}
WANTED = {"cortex-m": {"dsb;isb;"}, "system": {"bytes;size;end;call;", "size;bytes;end;call;"}}
BRANCH = re.compile(r"(b\.?(eq|ne|cs|cc|hi|ls|ge|lt|gt|le|mi|pl)|cbn?z|tbn?z|b(eq|ne|lt|ge|ltu|geu|eqz|nez))\b")


def function(text, name):
    """Instructions and relocations of one function; None if it is not there, or there twice."""
    found = re.findall(rf"^[0-9a-f]+ <{name}>:\n(.*?)(?=^[0-9a-f]+ <(?!\.L)|\Z)", text, re.MULTILINE | re.DOTALL)
    if len(found) != 1:
        return None
    lines = []
    for line in found[0].splitlines():
        code = re.match(r"\s*[0-9a-f]+:\t(.*)", line)
        if re.match(r"\s*[0-9a-f]+: R_", line):
            lines.append(line.strip())
        elif code:
            lines.append(re.sub(r"\s+", " ", re.split(r"//|#\s|@", code[1])[0]).strip())
    return lines


def check(lines, kind):
    """Problems, none if all is well. A function without branches has one way through it."""
    if lines is None:
        return ["not there, or there more than once"]
    sequence = ""
    for line in lines:
        if BRANCH.match(line):
            return [f"has a branch, '{line}': not every way through it is the same"]
        sequence += next((name + ";" for pattern, name in OPERATIONS[kind] if re.match(pattern, line)), "")
    return [] if sequence in WANTED[kind] else [f"does '{sequence}', wanted {sorted(WANTED[kind])}"]


def must_fail():
    good = {"cortex-m": ["dsb sy", "isb sy", "bx lr"],
            "system": ["ldr x0, [x1]", "ldr x1, [x1, #16]", "add x1, x0, x1", "bl 0 <f>",
                       "428: R_AARCH64_CALL26 __clear_cache", "ret"]}
    other = ["ld a0,0(a1)", "ld a1,16(a1)", "add sp,sp,-16", "li a2,0", "add a1,a1,a0", "sd ra,8(sp)",
             "2dc: R_RISCV_CALL_PLT __riscv_flush_icache", "jalr ra", "ret"]
    failures = [] if not check(other, "system") else [f"good: {check(other, 'system')}"]
    for kind, lines in good.items():
        failures += [f"{kind}, good: {problem}" for problem in check(lines, kind)]
        matters = [i for i, line in enumerate(lines) if any(re.match(pattern, line) for pattern, _ in OPERATIONS[kind])]
        for i in matters:
            if not check(lines[:i] + lines[i + 1:], kind):
                failures.append(f"{kind}: nobody misses {lines[i]}")
        last, before = matters[-1], matters[-2]
        swapped = list(lines)
        swapped[last], swapped[before] = lines[before], lines[last]
        if not check(swapped, kind):
            failures.append(f"{kind}: the wrong order is not refused")
        if not check(["cbz x1, 8 <f+8>"] + lines, kind):
            failures.append(f"{kind}: a way around is not refused")
    if not check(None, "system") or function("0 <f>:\n 0:\tret\n\n0 <f>:\n 0:\tret\n", "f") is not None:
        failures.append("a function that is not there once is not refused")
    for failure in failures:
        print(f"# {failure}")
    print(f"{'not ' if failures else ''}ok 1 - what leaves something out is refused\n1..1")
    return len(failures) != 0


def main(arguments):
    if arguments == ["--must-fail"]:
        return must_fail()
    objdump, library, name, kind = arguments
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", library], check=True, capture_output=True,
                          text=True).stdout
    problems = check(function(text.replace("\t\t\t", ""), name), kind)
    for problem in problems:
        print(f"# {name}: {problem}")
    print(f"{'not ' if problems else ''}ok 1 - {name} does what {kind} asks for\n1..1")
    return len(problems) != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
