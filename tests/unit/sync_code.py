#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a port tells the processor about new code, read from the instructions: QEMU would not miss it.

    sync_code.py OBJDUMP LIBRARY KIND    every path through the functions of this kind does what the manual asks for
    sync_code.py --must-fail             what leaves something out, or turns it round, is refused

KIND: cortex-m   port/rtos-mpu: barriers, and on processors with caches clean, invalidate, branch predictor (Armv7-M ARM B2.2.7)
      system     port/posix on AArch64 and RISC-V: the system's function gets the region, bytes to bytes + size
A path is followed through branches both ways, each way once; a loop's second turn says nothing new. Prints TAP.
"""
import re
import subprocess
import sys

# What is of interest in objdump's lines, and its name in a path. Offsets are those of the system control block (Armv7-M ARM
# B3.2.2) and of struct smf_region on machines of 64 bits.
OPERATIONS = (
    (r"dsb(\s+sy)?$", "dsb"), (r"isb(\s+sy)?$", "isb"), (r"str\S*\s+\w+, \[\w+, #612\]", "clean"),
    (r"str\S*\s+\w+, \[\w+, #600\]", "invalidate"), (r"str\S*\s+\w+, \[\w+, #632\]", "predictor"),
    (r"R_ARM_THM_(JUMP24|CALL)\s+smf_mpu_sync\b", "sync"),
    (r"ldr?\s+\w+,\s*(\[x\d+\]|0\(a\d\))$", "bytes"), (r"ldr?\s+\w+,\s*(\[x\d+, #16\]|16\(a\d\))$", "size"),
    (r"add\s+[ax]\d+,\s*[ax]\d+,\s*[ax]\d+$", "end"),
    (r"R_\w+\s+(__clear_cache|__aarch64_sync_cache_range|__riscv_flush_icache)\b", "call"))
REGION = r"(bytes;size;|size;bytes;)end;call;"
# Function: which paths may be, and which one must be there.
WANTED = {
    # Without caches barriers are enough; a second pair at the end does no harm.
    "cortex-m": {"sync_code": (r"dsb;isb;((clean;)?dsb;isb;(invalidate;)?predictor;dsb;isb;)?(dsb;isb;)?",
                               "dsb;isb;clean;dsb;isb;invalidate;predictor;dsb;isb;")},
    "system": {"smf_posix_sync_code": (REGION, None)},
}
BRANCH = re.compile(r"(b\.?(?:eq|ne|cs|cc|hi|ls|ge|lt|gt|le|mi|pl)?(?:\.[nw])?|cbn?z|tbn?z|b(?:ltu?|geu?|eqz|nez)|j)\s.*?([0-9a-f]+) <([^+>]+)")
ENDS = re.compile(r"(ret\b|bx\s+lr|pop.*\bpc\}|ldmia.*\bpc\}|ldr\s+pc,)")


def functions(text):
    """Name -> list of [address, instruction, relocation or '']."""
    found, name = {}, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <([^.>][^>]*)>:", line)
        relocation = re.match(r"\s*[0-9a-f]+: (R_\w+\s+\S+)", line)
        code = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if head:
            name = head[1]
            found[name] = []
        elif relocation and name and found[name]:
            found[name][-1][2] += relocation[1] + " "
        elif code and name:
            found[name].append([int(code[1], 16), re.sub(r"\s+", " ", re.split(r"//|#\s|\s@", code[2])[0]).strip(), ""])
    return found


def operations(line):
    return "".join(name + ";" for pattern, name in OPERATIONS if re.match(pattern, line[1]) or re.match(pattern, line[2]))


def paths(code):
    at = {line[0]: index for index, line in enumerate(code)}
    done, todo = set(), [(0, "", frozenset())]
    while todo:
        index, sequence, taken = todo.pop()
        while index < len(code):
            address, text, relocation = code[index]
            sequence += operations(code[index])
            branch = None if relocation else BRANCH.match(text)
            if ENDS.match(text) or (relocation and re.match(r"(b|b\.w|j|jr|tail)\s", text)):
                done.add(sequence)
                break
            if branch:
                target = int(branch[2], 16)
                if (address, "away") not in taken and target in at:
                    todo.append((at[target], sequence, taken | {(address, "away")}))
                if re.match(r"(b|b\.n|b\.w|j)\s", text) or (address, "on") in taken:
                    break
                taken = taken | {(address, "on")}
            index += 1
        else:
            done.add(sequence + "runs off its end;")
    return done


def check(code, allowed, whole, called=()):
    """`called` is the function behind the operation sync: what it does stands in its place."""
    found = {sequence.replace("sync;", inner) for sequence in paths(code)
             for inner in (paths(called) if called else ["sync;"])}
    found = {re.sub(r"((?:clean|invalidate);)\1+", r"\1", sequence) for sequence in found}
    problems = [f"a path does '{sequence}'" for sequence in sorted(found) if not re.fullmatch(allowed, sequence)]
    return problems + ([] if whole is None or whole in found else [f"no path does '{whole}': {sorted(found)}"])


def listed(lines):
    """An instruction at each multiple of 4; what follows a '|' is its relocation."""
    return [[4 * i, line.split("|")[0], (line + "|").split("|")[1]] for i, line in enumerate(lines)]


GOOD = {
    ("cortex-m", "sync_code"): ["dsb sy", "isb sy", "beq.n 28 <f+0x28>", "str.w r2, [r0, #612]", "dsb sy", "isb sy",
                                   "str.w r2, [r0, #600]", "str.w r3, [r0, #632]", "dsb sy", "isb sy", "bx lr"],
    ("system", "smf_posix_sync_code"): ["ldr x0, [x1]", "ldr x1, [x1, #16]", "add x1, x0, x1",
                                        "bl 0 <f>|R_AARCH64_CALL26 __clear_cache", "ret"],
}
ALSO_GOOD = ["ld a0,0(a1)", "ld a1,16(a1)", "add sp,sp,-16", "li a2,0", "add a1,a1,a0",
             "auipc ra,0x0|R_RISCV_CALL_PLT __riscv_flush_icache", "jalr ra", "ret"]


def move(line):
    """The same line one instruction further down."""
    return re.sub(r" ([0-9a-f]+) <f\+", lambda match: f" {int(match[1], 16) + 4:x} <f+", line)


def must_fail():
    failures = check(listed(ALSO_GOOD), *WANTED["system"]["smf_posix_sync_code"])
    inner = listed(GOOD["cortex-m", "sync_code"])
    outer = listed(["ldr r0, [pc, #4]", "b.w 0 <smf_mpu_sync>|R_ARM_THM_JUMP24 smf_mpu_sync"])
    failures += check(outer, *WANTED["cortex-m"]["sync_code"], inner)
    if not check(outer, *WANTED["cortex-m"]["sync_code"], listed(["bx lr"])):
        failures.append("a function that does nothing is not refused")
    for (kind, name), lines in GOOD.items():
        wanted = WANTED[kind][name]
        failures += check(listed(lines), *wanted)
        matters = [i for i, line in enumerate(listed(lines)) if operations(line)]
        for i in matters:
            if not check(listed(lines[:i] + ["nop"] + lines[i + 1:]), *wanted):
                failures.append(f"{name}: nobody misses {lines[i]}")
        for i, k in zip(matters, matters[1:]):
            swapped = list(lines)
            swapped[i], swapped[k] = lines[k], lines[i]
            symmetric = {operations(listed(lines)[i]), operations(listed(lines)[k])} == {"bytes;", "size;"}
            if not symmetric and not check(listed(swapped), *wanted):
                failures.append(f"{name}: {lines[k]} before {lines[i]} is not refused")
        around = [f"cbz r1, {4 * len(lines) + 4:x} <f>"] + [move(line) for line in lines] + ["ret"]
        if not check(listed(around), *wanted):
            failures.append(f"{name}: a way around is not refused")
    return failures


def main(arguments):
    if arguments == ["--must-fail"]:
        failures = must_fail()
        for failure in failures:
            print(f"# {failure}")
        print(f"{'not ' if failures else ''}ok 1 - what leaves something out is refused\n1..1")
        return len(failures) != 0
    objdump, library, kind = arguments
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", library], check=True, capture_output=True,
                          text=True).stdout
    found, failed = functions(text), False
    for number, (name, wanted) in enumerate(WANTED[kind].items(), 1):
        problems = check(found[name], *wanted, found.get("smf_mpu_sync", ())) if name in found else ["not there"]
        for problem in problems:
            print(f"# {name}: {problem}")
        failed = failed or bool(problems)
        print(f"{'not ' if problems else ''}ok {number} - {name}")
    print(f"1..{len(WANTED[kind])}")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
