#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What port/rtos-mpu tells a RISC-V hart, read from the instructions of a linked firmware: QEMU would not miss a fence.

    instructions.py OBJDUMP FIRMWARE     each path through sync_code and smf_pmp_write does what the manual asks for
    instructions.py --must-fail          sequences that leave something out, or turn it round, are refused

A path is followed through branches both ways, each way once. Prints TAP.
"""
import re
import subprocess
import sys

# Operations of interest, and the name that each has in a path.
OPERATIONS = ((r"fence\s+rw,rw$", "order"), (r"fence\.i$|\.word\s+0x0000100f$", "fence.i"), (r"sfence\.vma$", "sfence.vma"),
              (r"(?:jal|j)\s.*<smf_pmp_write_address>$", "address"), (r"(?:jal|j)\s.*<smf_pmp_write_configs>$", "config"),
              (r"(?:jal|j)\s.*<smf_pmp_fence>$", "sfence"), (r"(?:li\s+a0,1)$", "one"))
BRANCH = re.compile(r"(b\w+|j)\s+(?:[^<]*,)?([0-9a-f]+) <([^+>]+)(\+0x[0-9a-f]+)?>$")
# Unprivileged ISA, "Zifencei"; Privileged Architecture, "Physical Memory Protection and Paging": addresses, then
# permissions, then the fence, which a hart without address translation has not.
WANTED = {"sync_code": (r"order;fence\.i;", "order;fence.i;"),
          "smf_pmp_write": (r"(address;)*(config;)*(sfence;)?", "address;config;sfence;"),
          "smf_pmp_fence": (r"one;sfence\.vma;", "one;sfence.vma;")}
GATES, NUMBERS = "smf_riscv_gates", 65


def functions(text):
    """Name -> list of (address, instruction text)."""
    found, name = {}, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(\S+)>:", line)
        code = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if head:
            name = head[1]
            found[name] = []
        elif code and name:
            found[name].append((int(code[1], 16), re.sub(r"\s+", " ", code[2].split("#")[0]).strip()))
    return found


def operation(text):
    return next((name + ";" for pattern, name in OPERATIONS if re.match(pattern, text)), "")


def paths(name, code):
    """Sequences of operations from the start to each end: a return, or a jump that leaves the function."""
    at = {address: index for index, (address, _) in enumerate(code)}
    done, todo = set(), [(0, "", frozenset())]
    while todo:
        index, sequence, taken = todo.pop()
        while index < len(code):
            address, text = code[index]
            sequence += operation(text)
            branch = BRANCH.match(text)
            if text == "ret" or re.match(r"jr\s", text) or (branch and branch[1] == "j" and branch[3] != name):
                done.add(sequence)
                break
            if branch:
                if (address, "away") not in taken:
                    todo.append((at[int(branch[2], 16)], sequence, taken | {(address, "away")}))
                if branch[1] == "j" or (address, "on") in taken:
                    break
                taken = taken | {(address, "on")}
            index += 1
    return done


def check(name, code):
    allowed, whole = WANTED[name]
    found = {re.sub(r"((?:address|config);)\1+", r"\1", sequence) for sequence in paths(name, code)}
    problems = [f"a path does '{sequence}'" for sequence in sorted(found) if not re.fullmatch(allowed, sequence)]
    return problems + ([] if whole in found else [f"no path does '{whole}': {sorted(found)}"])


def check_gates(code):
    """Eight bytes each: the number in t0, and the trap."""
    wanted = [text for number in range(NUMBERS) for text in (f"li t0,{number}", "ecall")]
    first = code[0][0] if code else 0
    found = [(address - first, text) for address, text in code[:len(wanted)]]
    return [] if found == [(4 * i, text) for i, text in enumerate(wanted)] else ["not one gate of eight bytes for each number"]


def must_fail():
    def listed(*lines):
        return [(4 * i, text) for i, text in enumerate(lines)]
    sync = ("fence rw,rw", ".word 0x0000100f", "ret")
    assert not check("sync_code", listed(*sync))
    assert check("sync_code", listed(sync[0], sync[2])) and check("sync_code", listed(*sync[1:])), "a fence is not missed"
    assert check("sync_code", listed(sync[1], sync[0], sync[2])), "fences the wrong way round are not refused"
    assert check("sync_code", listed("beqz a5,c <sync_code+0xc>", *sync)), "a path without fences is not refused"
    address, config, fence = (f"jal 100 <smf_pmp_{name}>" for name in ("write_address", "write_configs", "fence"))
    assert not check("smf_pmp_write", listed(address, config, fence, "ret"))
    assert check("smf_pmp_write", listed(config, address, fence, "ret")), "permissions first are not refused"
    assert check("smf_pmp_write", listed(address, fence, config, "ret")), "an early fence is not refused"
    assert check("smf_pmp_write", listed(address, config, "ret")), "nobody misses the fence"
    gates = [text for number in range(NUMBERS) for text in (f"li t0,{number}", "ecall")]
    assert not check_gates(listed(*gates))
    assert check_gates(listed(*gates[2:])) and check_gates(listed(*gates[:-1]))
    print("ok 1 - sequences that leave something out are refused\n1..1")


def main(arguments):
    if arguments == ["--must-fail"]:
        must_fail()
        return 0
    text = subprocess.run([arguments[0], "-d", "--no-show-raw-insn", arguments[1]], check=True, capture_output=True,
                          text=True).stdout
    found, failures = functions(text), 0
    for number, name in enumerate([*WANTED, GATES], 1):
        if name not in found:
            problems = ["not there"]
        else:
            problems = check_gates(found[name]) if name == GATES else check(name, found[name])
        failures += bool(problems)
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ' if problems else ''}ok {number} - {name}")
    print(f"1..{len(WANTED) + 1}")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
