#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Modules of real compilers with compressed sections: the same memory and the same answers as without.

    packed.py SMF SOURCE RUNNER SAME [ARCH...]

SMF is the command, SOURCE the project, RUNNER run_module for this machine, SAME same_memory. The corpus is built for
every architecture, plain and with each method. All become the same bytes in memory, in the default layout and apart, from
memory and by position; those of LZ4, which core decompresses, run in this machine or in qemu-user and print what the same
sources do when the GNU linker links them. Prints TAP.
"""
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
from corpus import BARE, FAR, HOSTED, Machine, coverage, run, smf_file  # noqa: E402

METHODS = ("lz4", "zstd")
# Beside what the machine asks for: small code and large data, and the other way round.
FLAGS = [["-O2"], ["-Os", "-ffunction-sections", "-fdata-sections"], ["-O0"]]
PIC = {"x86_64": ["-fPIC"], "aarch64": ["-fPIC"], "riscv64": ["-mcmodel=medany"], "riscv32": [], "arm": []}


def build(smf, directory, arch, unit, flags):
    """{method or None: module}."""
    compiler, machine, _, _ = BARE.get(arch) or HOSTED[arch]
    if unit.endswith(".cc"):
        compiler = compiler.replace("gcc", "g++")
    stem = os.path.join(directory, f"{arch}-{unit}{''.join(flags)}")
    made = run([compiler, *machine.split(), *PIC[arch], *flags, *coverage.COMMON, "-c", os.path.join(directory, unit), "-o", stem + ".o"])
    assert made.returncode == 0, made.stderr
    modules = {}
    for method in (None, *METHODS):
        modules[method] = f"{stem}.{method}.smf"
        made = run([smf, "build", "--name", "same", "-o", modules[method], *(["--compress", method] if method else []), stem + ".o"])
        assert made.returncode == 0, made.stderr
    return modules


def complaint(smf, same, machine, modules, unit):
    """What is wrong, or ""."""
    sizes = {method: os.path.getsize(path) for method, path in modules.items()}
    for method in METHODS:
        if sizes[method] >= sizes[None]:
            return f"{method} has made nothing smaller: {sizes}"
        wrong = smf_file.broken_rules(smf_file.Module(modules[method]))
        if wrong:
            return f"{method}: {wrong[:3]}"
    verified = run([smf, "verify", *modules.values()])
    if verified.returncode != 0:
        return "verify: " + verified.stderr.strip()
    compared = run([same, *modules.values()])
    if compared.returncode != 0:
        return "memory: " + compared.stderr.strip()
    if machine.why:
        return ""
    answers = [machine.complaint(modules[method], unit) for method in (None, "lz4")]
    return answers[1] if answers[0] == "" else "" if answers[0] is None and answers[1] is None else f"plain: {answers[0]}"


def main():
    smf, root, runner, same, wanted = *(os.path.abspath(word) for word in sys.argv[1:5]), sys.argv[5:]
    arches = [arch for arch in PIC if not wanted or arch in wanted]
    number = failed = 0
    with tempfile.TemporaryDirectory() as directory:
        coverage.write_units(directory)
        for arch in arches:
            compiler = (BARE.get(arch) or HOSTED[arch])[0]
            absent = [name for name in (compiler, compiler.replace("gcc", "g++")) if shutil.which(name) is None]
            if absent:
                number += 1
                print(f"ok {number} - {arch} # SKIP {' '.join(absent)} is not installed")
                continue
            machine = Machine(root, directory, arch, runner)
            for unit in ("all.c", "all.cc"):
                for flags in FLAGS:
                    modules = build(smf, directory, arch, unit, flags)
                    wrong = complaint(smf, same, machine, modules, unit)
                    number += 1
                    failed += bool(wrong)
                    sizes = "/".join(str(os.path.getsize(path)) for path in modules.values())
                    ran = "same memory, " + (f"not run: {machine.why}" if machine.why else "runs")
                    print(f"{'not ok' if wrong else 'ok'} {number} - {arch} {unit} {' '.join(flags)}: {sizes} bytes, {wrong or ran}")
                    if wrong:
                        print(f"# rerun: {' '.join(sys.argv[:5])} {arch}")
    print(f"1..{number}")
    return 1 if failed or number == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
