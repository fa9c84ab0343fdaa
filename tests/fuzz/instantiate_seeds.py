#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the seeds of fuzz/instantiate: instantiate_seeds.py SMF FOLDER

For each machine whose compiler is here, templates of tests/generic/templates as that compiler builds them, and the note.sdn of a
module that uses them: FOLDER/MACHINE-NAMES, u16 size of the TemplateCode section, the section, the note.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MACHINES = {"x86_64": "gcc", "aarch64": "aarch64-linux-gnu-gcc", "arm": "arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb",
            "riscv64": "riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64",
            "riscv32": "riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32"}
SETS = {"nested": (["swap", "reverse"], ["swap<Point>", "reverse<Odd>", "reverse<i64>"]),
        "map": (["map"], ["map_get<Point, Name>", "map_put<i64, i64>"]),
        "circle": (["ping", "pong", "grow"], ["ping<Point>", "grow<i32>"]),
        "sum": (["sum"], ["sum<f64>", "sum<Point>"])}
USER = "#include <smf/instance.h>\n{uses}\nint main(void) {{ return {calls}; }}\n"


MARKS = {".template.code": b"GTPL", "note.sdn": b"# SMF inst"}


def take(smf, module, name):
    """The bytes of one section: its size is listed, and its first bytes are known."""
    listed = subprocess.run([smf, "inspect", module], capture_output=True, text=True, check=True).stdout
    size = int(re.search(rf"^ +\d+ {re.escape(name)} +template_\S+ +\S+ +\S+ +(0x\w+) ", listed, re.M)[1], 0)
    data = pathlib.Path(module).read_bytes()
    start = data.index(MARKS[name])
    return data[start:start + size]


def main():
    smf, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for machine, driver in MACHINES.items():
            for name, (templates, uses) in SETS.items():
                module, user, source = (f"{place}/{file}" for file in ("t.smf", "u.smf", "u.c"))
                flags = f"-I{ROOT}/core/include -Os -ffreestanding"
                build = [smf, "build", "--cc", driver, "--cflags", flags]
                subprocess.run([*build, "-o", module, *[f"{ROOT}/tests/generic/templates/{one}.c" for one in templates]], check=True)
                lines = [f'SMF_INSTANCE(use_{i}, "{use}", int, (void));' for i, use in enumerate(uses)]
                pathlib.Path(source).write_text(USER.format(
                    uses="\n".join(lines), calls=" + ".join(f"use_{i}()" for i in range(len(uses)))), encoding="ascii")
                subprocess.run([*build, "-o", user, source], check=True)
                code, note = take(smf, module, ".template.code"), take(smf, user, "note.sdn")
                (folder / f"{machine}-{name}").write_bytes(len(code).to_bytes(2, "little") + code + note)


if __name__ == "__main__":
    main()
