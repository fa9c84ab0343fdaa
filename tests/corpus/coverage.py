#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compile the corpus every way that counts and look every relocation type up.

    coverage.py ROWS     ROWS is the program made of rows.c

Prints TAP: one test for each type met in a loaded section (fails if the
library has no row for it), one for each type of EXPECTED (fails if the corpus
does not lead to it any more), one for each architecture that was compiled at
all. A combination of flags that a compiler refuses is printed as skipped.
"""
import concurrent.futures
import itertools
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
sys.dont_write_bytecode = True
from elf import Elf  # noqa: E402

OPTIMISATION = ["-O0", "-O2", "-Os"]
PIC = ["-fno-pic", "-fpie", "-fpic", "-fPIC"]
COMMON = "-w -funwind-tables -fcommon".split()

# Each compiler: (architecture, C compiler, C++ compiler, what is always given, further options to try one at a time)
CLANG = ("clang", "clang++")
RISCV_OPTIONS = ["-mcmodel=medlow", "-mcmodel=medany", "-mcmodel=medany -mno-relax -ffunction-sections"]
RISCV_CLANG = ["-mcmodel=medlow", "-mcmodel=medany", "-mcmodel=medany -mrelax -ffunction-sections"]
X86_OPTIONS = ["", "-mcmodel=medium", "-mcmodel=large", "-mcmodel=kernel", "-fno-plt -ffunction-sections -fdata-sections"]
A64_OPTIONS = ["", "-mcmodel=tiny", "-mcmodel=large", "-mbranch-protection=standard -fno-plt"]
ARM_OPTIONS = ["", "-mlong-calls", "-mword-relocations", "-mslow-flash-data", "-mpure-code", "-msingle-pic-base"]
ARM_GCC, ARM_CLANG = ("arm-none-eabi-gcc", "arm-none-eabi-g++"), "--target=arm-none-eabi -mthumb"
M4 = "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard"
COMPILERS = [
    ("x86_64", "gcc", "g++", "", X86_OPTIONS),
    ("x86_64", *CLANG, "--target=x86_64-linux-gnu", X86_OPTIONS),
    ("aarch64", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++", "", A64_OPTIONS),
    ("aarch64", *CLANG, "--target=aarch64-linux-gnu", A64_OPTIONS),
    ("riscv64", "riscv64-unknown-elf-gcc", "riscv64-unknown-elf-g++", "-march=rv64imac -mabi=lp64", RISCV_OPTIONS),
    ("riscv64", "riscv64-linux-gnu-gcc", "riscv64-linux-gnu-g++", "", RISCV_OPTIONS[1:2]),
    ("riscv64", *CLANG, "--target=riscv64-unknown-elf -march=rv64imac -mabi=lp64", RISCV_CLANG),
    ("riscv32", "riscv64-unknown-elf-gcc", "riscv64-unknown-elf-g++", "-march=rv32imac -mabi=ilp32", RISCV_OPTIONS),
    ("riscv32", *CLANG, "--target=riscv32-unknown-elf -march=rv32imac -mabi=ilp32", RISCV_CLANG),
    ("arm", *ARM_GCC, "-mthumb -mcpu=cortex-m3", ARM_OPTIONS),
    ("arm", *ARM_GCC, "-mthumb -mcpu=cortex-m0", ARM_OPTIONS),
    ("arm", *ARM_GCC, "-mthumb " + M4, ["", "-mslow-flash-data"]),
    ("arm", *CLANG, f"{ARM_CLANG} -mcpu=cortex-m3", ARM_OPTIONS),
    ("arm", *CLANG, f"{ARM_CLANG} -mcpu=cortex-m0", ["", "-mlong-calls", "-mpure-code"]),
    ("arm", *CLANG, f"{ARM_CLANG} {M4}", ["", "-mpure-code"]),
]

RISCV_EXPECTED = ("BRANCH CALL CALL_PLT GOT_HI20 PCREL_HI20 PCREL_LO12_I PCREL_LO12_S HI20 LO12_I LO12_S ADD32 SUB32 SUB16 SUB8 "
                  "SUB6 SET16 SET8 SET6 RVC_BRANCH RVC_JUMP RELAX 32_PCREL")
# What this corpus led to with gcc 12 and clang 14 when it was written.
EXPECTED = {
    "x86_64": "64 PC32 PLT32 GOTPCREL 32 32S PC64 GOTOFF64 GOTPC32 GOT64 GOTPC64 PLTOFF64 GOTPCRELX REX_GOTPCRELX",
    "aarch64": "ABS64 PREL64 PREL32 MOVW_UABS_G0_NC MOVW_UABS_G1_NC MOVW_UABS_G2_NC MOVW_UABS_G3 LD_PREL_LO19 ADR_PREL_LO21 "
               "ADR_PREL_PG_HI21 ADD_ABS_LO12_NC LDST8_ABS_LO12_NC LDST16_ABS_LO12_NC LDST32_ABS_LO12_NC LDST64_ABS_LO12_NC "
               "LDST128_ABS_LO12_NC JUMP26 CALL26 GOT_LD_PREL19 ADR_GOT_PAGE LD64_GOT_LO12_NC LD64_GOTPAGE_LO15",
    "arm": "NONE ABS32 REL32 THM_CALL THM_JUMP24 BASE_PREL GOT_BREL GOT_PREL TARGET1 TARGET2 PREL31 THM_MOVW_ABS_NC "
           "THM_MOVT_ABS THM_ALU_ABS_G0_NC THM_ALU_ABS_G1_NC THM_ALU_ABS_G2_NC THM_ALU_ABS_G3",
    "riscv64": "32 64 " + RISCV_EXPECTED,
    "riscv32": "32 " + RISCV_EXPECTED,
}


def rows(program):
    """{(architecture, number): (has a row, name)}"""
    known = {}
    for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines():
        arch, number, row, name = line.split()
        known[arch, int(number)] = (row == "row", name)
    return known


def write_units(directory):
    """All C sources as one unit and all C++ sources as another: names are distinct, and one compiler run is enough."""
    for ending in (".c", ".cc"):
        sources = sorted(f for f in os.listdir(HERE) if f.endswith(ending) and f != "rows.c")
        with open(os.path.join(directory, "all" + ending), "w") as unit:
            unit.writelines(f'#include "{HERE}/{source}"\n' for source in sources)


def met_in(path):
    """{type: first section} of the sections that are loaded"""
    unit, met = Elf(path), {}
    for index, section in enumerate(unit.sections):
        if section[2] & 2: # SHF_ALLOC
            for relocation in unit.relocations(index):
                met.setdefault(relocation[1], section[10])
    return met


def compile_one(directory, number, job):
    arch, compiler, unit, flags = job
    target = os.path.join(directory, f"{number}.o")
    command = [compiler, *flags, *COMMON, "-c", os.path.join(directory, unit), "-o", target]
    result = subprocess.run(command, capture_output=True, text=True)
    where = f"{compiler} {' '.join(flags)} {unit}"
    if result.returncode != 0:
        wrong = [line for line in result.stderr.splitlines() if "error" in line or "sorry" in line] or result.stderr.splitlines()
        return arch, where, None, wrong[0] if wrong else "no message"
    met = met_in(target)
    os.remove(target)
    return arch, where, met, ""


def jobs():
    for arch, c, cxx, always, options in COMPILERS:
        for option, pic, optimisation in itertools.product(options, PIC, OPTIMISATION):
            flags = [*always.split(), *option.split(), pic, optimisation]
            yield arch, c, "all.c", flags
            yield arch, cxx, "all.cc", flags


def collect(directory):
    """{(architecture, number): (count of units, example)}, {architecture: units compiled}, skipped"""
    met, compiled, skipped = {}, {}, {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for arch, where, found, wrong in pool.map(lambda j: compile_one(directory, *j), enumerate(jobs())):
            if found is None:
                skipped.setdefault(wrong, []).append(where)
                continue
            compiled[arch] = compiled.get(arch, 0) + 1
            for number, section in found.items():
                count, example = met.get((arch, number), (0, f"{where} {section}"))
                met[arch, number] = (count + 1, example)
    return met, compiled, skipped


def main():
    absent = sorted({c for compiler in COMPILERS for c in compiler[1:3] if shutil.which(c) is None})
    if absent:
        print("1..0 # SKIP not installed: " + " ".join(absent))
        return 77
    known = rows(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        write_units(directory)
        met, compiled, skipped = collect(directory)
    for wrong, cases in skipped.items():
        print(f"# skipped {len(cases)} times: {wrong}\n#   first: {cases[0]}")
    tests = []
    for (arch, number), (count, example) in sorted(met.items()):
        has_row, name = known.get((arch, number), (False, "?"))
        tests.append((has_row, f"{arch} {number} {name} has a row (in {count} objects, first: {example})"))
    for arch, wanted in EXPECTED.items():
        met_names = {known[arch, number][1] for a, number in met if a == arch and (arch, number) in known}
        prefix = {"x86_64": "R_X86_64_", "aarch64": "R_AARCH64_", "arm": "R_ARM_"}.get(arch, "R_RISCV_")
        tests += [(prefix + name in met_names, f"{arch} {name} is still met") for name in wanted.split()]
    for arch in ("x86_64", "aarch64", "arm", "riscv64", "riscv32"):
        tests.append((compiled.get(arch, 0) >= 40, f"{arch}: {compiled.get(arch, 0)} objects compiled"))
    for i, (good, what) in enumerate(tests, 1):
        print(f"{'ok' if good else 'not ok'} {i} - {what}")
    print(f"1..{len(tests)}")
    return any(not good for good, _ in tests)


if __name__ == "__main__":
    sys.exit(main())
