#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`smf symbols` and perf maps from outside: what is printed, and what is refused.

    symbols.py [--sanitized] SMF GOLDEN [CASE...]     GOLDEN: tests/golden; TAP
"""
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
from command import CANONICAL, R72, Command, Failure, same  # noqa: E402

SOURCE = """\
int shared[4] = {1};
const int table[3] = {4, 5, 6};
static int hidden_sum;
extern int outside(int);
static __attribute__((noinline)) int hidden(int a) { hidden_sum += a; return a * 3; }
int shown(int a) { return hidden(a) + outside(shared[a & 3]); }
int main(void) { return shown(2); }
"""
BASES = "code=0x10000,rodata=0x20000,data=0x30000"


def build(smf, name="it", source=SOURCE):
    return smf.module(name, source, "-g", "--cflags", "-O1 -fPIC")


def rows(text):
    """{name: (address, size)} of a table"""
    found = [re.fullmatch(r"0x([0-9a-f]{16}) +(0x[0-9a-f]+|0)  (\S+)", line) for line in text.splitlines()[1:]]
    return {m[3]: (int(m[1], 16), int(m[2], 16)) for m in found if m}


def table_of_all_symbols(smf):
    text = smf.good("symbols", "--base", BASES, build(smf))
    found = rows(text)
    same(text.split("\n")[0].split(), ["address", "size", "name"], "first line")
    same(len(found), len(text.splitlines()) - 1, "rows")
    same(sorted(found, key=lambda name: found[name][0]), list(found), "order")
    same(set(found) >= {"shared", "table", "hidden", "hidden_sum", "shown", "main", "outside@plt"}, True, f"names {list(found)}")
    same([found["main"][0] >> 16, found["table"], found["shared"], found["hidden_sum"][1]],
         [1, (0x20000, 12), (0x30000, 16), 4], "places")


def table_without_the_elf(smf):
    path = build(smf)
    whole = rows(smf.good("symbols", "--base", BASES, path))
    os.unlink(path + ".elf")
    text = smf.good("symbols", "--base", BASES, path)
    found = rows(text)
    same(set(found), {"shared", "table", "shown", "main", "outside@plt"}, "names")
    same({name: whole[name] for name in found}, found, "rows")
    same("smf build -g" in text.splitlines()[-1], True, "last line")


def table_of_what_is_known(smf):
    found = rows(smf.good("symbols", "--base", "code=0x10000", build(smf)))
    same(("shown" in found, "shared" in found, "table" in found), (True, False, False), "names")


def other_files(smf):
    """Any machine, any layout; 32 bits have short addresses."""
    text = smf.good("symbols", "--base", "code=0x20000000,rodata=0x20001000,data=0x20002000", smf.sample(CANONICAL))
    same(rows(text)["twice"], (0x20000000, 8), "canonical")
    same(rows(text)["other@plt"], (0x20000008, 12), "stub")
    text = smf.good("symbols", "--base", "code=0x400000", smf.sample(R72))
    same(rows(text)["main"], (0x400000, 6), "R72")


def command_for_gdb(smf):
    path = build(smf, 'it "is" it')
    text = smf.good("symbols", "--gdb", "--base", BASES, path)
    quoted = (path + ".elf").replace('"', '\\"')
    same(text.startswith(f'add-symbol-file "{quoted}" -s .text 0x10000 -s .rodata 0x20000'), True, text)
    same(text.count("\n"), 1, "lines")
    text = smf.good("symbols", "--gdb", "--base", "code=0x10000", path)
    same([line[0] for line in text.splitlines()], ["a", "#", "#"], "lines without rodata and data")
    same(("rodata=ADDRESS" in text, "data=ADDRESS" in text, ".rodata" in text), (True, True, False), text)


def another_name_for_the_elf(smf):
    path = build(smf)
    moved = os.path.join(smf.folder, "moved.elf")
    os.rename(path + ".elf", moved)
    same(f'"{moved}"' in smf.good("symbols", "--gdb", "--base", BASES, "--elf", moved, path), True, "--elf")
    same("hidden" in rows(smf.good("symbols", "--base", BASES, "--elf", moved, path)), True, "--elf in the table")


def prelinked_files_know_their_places(smf):
    """The addresses of note.prelink, and the file that smf build -g wrote for the module before."""
    path, linked = build(smf), os.path.join(smf.folder, "linked.smf")
    smf.good("prelink", "--base", BASES.replace("0x10000", "0x100000"), "-o", linked, path)
    text = smf.good("symbols", "--gdb", "--elf", path + ".elf", linked)
    same("-s .text 0x100000 " in text and "-s .data 0x30000" in text, True, text)
    found = rows(smf.good("symbols", "--elf", path + ".elf", linked))
    same((found["shared"], found["main"][0] >> 16), ((0x30000, 16), 0x10), "table")
    other = build(smf, "other", "int main(void) { return 0; }\n")
    smf.refused("symbols", "--gdb", "--elf", other + ".elf", linked, says="another build", shown=other + ".elf")


def refusals(smf):
    path = build(smf)
    other = build(smf, "other", "int main(void) { return 1; }\n")
    smf.refused("symbols", "--gdb", "--base", BASES, "--elf", other + ".elf", path, says="another build", shown=other + ".elf")
    smf.refused("symbols", "--base", BASES, "--elf", path, path, says="no file that smf build -g writes", shown=path)
    os.unlink(path + ".elf")
    smf.refused("symbols", "--gdb", "--base", BASES, path, says="smf build -g", shown=path + ".elf")
    smf.refused("symbols", "--base", "code=0x10001", path, says="no multiple of", shown=path)
    smf.refused("symbols", "--base", "code=0xffffffffffffffe0", path, says="last address", shown=path)
    smf.refused("symbols", "--base", BASES, smf.write("text", "no module"), says="SMF", shown=os.path.join(smf.folder, "text"))
    smf.refused("symbols", "--base", BASES, os.path.join(smf.folder, "none"), says="No such file", shown=os.path.join(smf.folder, "none"))


def wrong_usage(smf):
    path = build(smf)
    for words in ([], [path], ["--base", BASES], ["--base", "data=0x10", path], ["--base", "code", path], ["--base", "text=1", path],
                  ["--base", "code=1,code=2", path], ["--base", "code=1,", path], ["--what", path], [path, path], [path, "--elf"]):
        smf.refused("symbols", *words, status=2, shown="symbols")
    same("--base" in smf.good("symbols", "--help"), True, "help")


def perf_map_of_a_run(smf):
    """SMF_PERF_MAP names the folder; the lines are of this process's file."""
    path = build(smf, source=SOURCE.replace("extern int outside(int);", "static int outside(int a) { return a; }"))
    folder = os.path.join(smf.folder, "maps")
    os.mkdir(folder)
    smf.run("run", path)
    same(os.listdir(folder), [], "maps without being asked")
    found = smf.run("run", path, SMF_PERF_MAP=folder + "/")
    same((found.returncode, found.stderr), (6, b""), "run")
    [name] = os.listdir(folder)
    same(re.fullmatch(r"perf-\d+\.map", name) is not None, True, name)
    with open(os.path.join(folder, name)) as file:
        lines = [re.fullmatch(r"([0-9a-f]+) ([0-9a-f]+) (\S+)\n", line) for line in file]
    same({"main", "shown", "hidden"} <= {line[3] for line in lines}, True, "names")
    found = smf.run("run", path, SMF_PERF_MAP=os.path.join(folder, "none"))
    same((found.returncode, b"perf's map: No such file" in found.stderr), (6, True), "folder that is not there")


CASES = [table_of_all_symbols, table_without_the_elf, table_of_what_is_known, other_files, command_for_gdb,
         another_name_for_the_elf, prelinked_files_know_their_places, refusals, wrong_usage, perf_map_of_a_run]


def main():
    arguments = sys.argv[1:]
    sanitized = arguments[:1] == ["--sanitized"]
    program, golden, *wanted = arguments[1 if sanitized else 0:]
    number = failed = 0
    for case in CASES:
        if wanted and case.__name__ not in wanted:
            continue
        number += 1
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(Command(os.path.abspath(program), os.path.abspath(golden), folder, sanitized))
                print(f"ok {number} - {case.__name__}")
            except (Failure, OSError, KeyError, ValueError) as error:
                failed += 1
                print(f"# {type(error).__name__}: {error}\n#   rerun: {sys.argv[0]} {program} {golden} {case.__name__}\n"
                      f"not ok {number} - {case.__name__}")
        sys.stdout.flush()
    print(f"1..{number}")
    return 1 if failed or number == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
