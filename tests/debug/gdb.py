#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdb, in batch mode, with modules: of `smf run` in its own process, and on boards by what `smf symbols --gdb` prints.

    gdb.py SMF AGAIN WATCHED.C [CASE...]     TAP; a gdb that is missing is a failure

AGAIN is the program of tests/debug/again.c. WATCHED.C is tests/debug/watched.c: lines are found by their comments.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

BOARDS = {  # driver, flags
    "arm": ("arm-none-eabi-gcc -mthumb -mcpu=cortex-m3", ""),
    "arm-clang": ("clang --target=arm-none-eabi -mthumb -mcpu=cortex-m3", ""),
    "riscv32": ("riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32", "-mcmodel=medany"),
    "riscv64": ("riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64", "-mcmodel=medany"),
    "aarch64": ("aarch64-linux-gnu-gcc", "-fPIC"),
}
BOARD_SOURCE = """\
int counter = 3;
const int limits[] = {40, 41, 42};
static int history[5];
static __attribute__((noinline)) int inner(int a, int b)
{
    history[a % 5] += b;
    return a * b + counter;
}
int middle(int x)
{
    int between = inner(x, 5);
    return between * 2 + limits[x % 3];
}
"""


class Failure(Exception):
    pass


def check(condition, what, output):
    if not condition:
        raise Failure(f"{what}\n{output}")


class Bench:
    def __init__(self, smf, again, source, folder):
        self.smf, self.again, self.source, self.folder = smf, again, source, folder
        with open(source) as file:
            self.lines = file.read().split("\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def line(self, mark):
        return next(i for i, line in enumerate(self.lines, 1) if f"/* line:{mark} */" in line)

    def run(self, *words, status=0, **options):
        result = subprocess.run(words, capture_output=True, text=True, timeout=100, **options)
        check(status is None or result.returncode == status, f"{' '.join(words)}: status {result.returncode}",
              result.stdout + result.stderr)
        return result.stdout + result.stderr

    def build(self, flags, cc="gcc", name="watched", source=None):
        path = self.path(name + ".smf")
        self.run(self.smf, "build", "-g", "--cc", cc, "--cflags", flags, "-o", path, source or self.source)
        return path

    def gdb(self, commands, *program, name="gdb", **options):
        """What gdb says to each command: {command: text}."""
        words = [name, "-batch", "-nx", "-iex", "set debuginfod enabled off", "-iex", "set width 0",
                 "-iex", "set breakpoint pending on", "-iex", "set confirm off", "-iex", "set startup-with-shell off"]
        for number, command in enumerate(commands):
            words += ["-ex", f"echo @{number}@\\n", "-ex", command]
        words += ["--args", *program] if program else []
        result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100,
                                env=dict(os.environ, XDG_CACHE_HOME=self.folder, HOME=self.folder, ASAN_OPTIONS="detect_leaks=0"), **options)
        pieces = re.split(r"@(\d+)@\n", result.stdout)
        return {int(pieces[i]): pieces[i + 1] for i in range(1, len(pieces), 2)} | {"all": result.stdout}


def frames(text):
    """[(function, file and line or '')] of a backtrace"""
    return [(m[1], m[2] or "") for m in re.finditer(r"^#\d+ +(?:0x\w+ in )?(\S+) \(.*?\)(?: at (\S+))?", text, re.M)]


def breakpoints_and_backtraces(bench, cc):
    """Pending breakpoints by name and by line are hit; frames have arguments and lines; all is gone after the unload."""
    module = bench.build("-O0 -fPIC", cc)
    inner, middle = bench.line("inner"), bench.line("middle")
    said = bench.gdb(["break middle", f"break watched.c:{inner}", "run", "bt", "info args", "continue", "bt", "info locals",
                      "print counter", "print limits", "print history[11]", "finish", "next", "info line", "info locals",
                      "set $address = (unsigned long)&middle", "info symbol $address", "delete",
                      "catch syscall exit_group", "continue", "info symbol $address", "info address middle",
                      f"info line watched.c:{inner}", "continue"],
                     bench.smf, "run", module)
    text = said["all"]
    check("pending" in said[0] and "pending" in said[1], "breakpoints were not pending", text)
    found = frames(said[3])
    check([f[0] for f in found[:2]] == ["middle", "main"], "backtrace at middle", text)
    check(all("watched.c:" in f[1] for f in found[:2]), "lines at middle", text)
    check("x = 1" in said[4], "arguments of middle", text)
    found = frames(said[6])
    check([f[0] for f in found[:3]] == ["inner", "middle", "main"] and found[0][1].endswith(f"watched.c:{inner}"),
          "backtrace at the line of inner", text)
    check("inner (a=1, b=5)" in said[6] and "middle (x=1)" in said[6], "arguments in the backtrace", text)
    check("local = 8" in said[7], "locals of inner", text)
    check("= 3\n" in said[8] and "{40, 41, 42}" in said[9] and "= 0\n" in said[10], "data", text)
    check("Value returned is $" in said[11] and "= 11" in said[11], "finish", text)
    check(f"Line {middle} of" in said[13] and "between = 11" in said[14], "next", text)
    check("middle in section .text" in said[16], "symbol while loaded", text)
    check("exit_group" in said[19], "the end of the process", text)
    check("No symbol matches" in said[20] and 'No symbol "middle"' in said[21] and "No source file" in said[22],
          "symbols after the unload", text)
    check("exited normally" in said[23], "exit", text)


def without_the_elf(bench, cc):
    """Exports have names, and backtraces pass optimized frames by .eh_frame."""
    module = bench.build("-O2 -fPIC -fomit-frame-pointer", cc)
    os.unlink(module + ".elf")
    said = bench.gdb(["break middle", "run", "break puts", "continue", "bt"], bench.smf, "run", module)
    check(re.search(r"Breakpoint 1, 0x\w+ in middle \(\)", said[1]), "breakpoint by name", said["all"])
    names = [f[0] for f in frames(said[4])]
    check("puts" in names[0] and names[2:4] == ["middle", "main"] or names[1:3] == ["middle", "main"], "backtrace",
          said["all"])
    check("smf_command_run" in said[4] and "watched.c" not in said[4], "frames of the program", said["all"])


def optimized(bench, cc):
    """From a function of the C library back through the module."""
    module = bench.build("-O2 -fPIC -fomit-frame-pointer", cc)
    said = bench.gdb([f"break watched.c:{bench.line('inner')}", "run", "break puts", "continue", "bt"], bench.smf, "run", module)
    found = [f for f in frames(said[4]) if "watched.c:" in f[1]]
    check([f[0] for f in found] == ["inner", "middle", "main"], "backtrace", said["all"])
    check("smf_command_run" in said[4], "frames of the program", said["all"])


def elf_of_another_build(bench):
    """It is not believed: names without lines."""
    other = bench.path("other.c")
    with open(other, "w") as file:
        file.write("int middle(int x) { return x; }\nint main(void) { return middle(1); }\n")
    module = bench.build("-O0 -fPIC")
    os.rename(bench.build("-O0 -fPIC", name="other", source=other) + ".elf", module + ".elf")
    said = bench.gdb(["break middle", "run", "bt"], bench.smf, "run", module)
    check(re.search(r"Breakpoint 1, 0x\w+ in middle \(\)", said[1]) and "other.c" not in said[2], "breakpoint", said["all"])


def smf_call(bench):
    module = bench.build("-O0 -fPIC")
    said = bench.gdb(["break outer", "run", "bt", "continue"], bench.smf, "call", module, "outer", "7")
    check("outer (number=7" in said[2] and "exited normally" in said[3], "backtrace", said["all"])


def constructors_too(bench):
    """gdb knows the module before its first line runs, and until after its last."""
    source = bench.path("ends.c")
    with open(source, "w") as file:
        file.write("static int state;\n__attribute__((constructor)) static void watched_begin(void) { state = 1; }\n"
                   "__attribute__((destructor)) static void watched_end(void) { state = 2; }\nint main(void) { return state - 1; }\n")
    module = bench.build("-O0 -fPIC", name="ends", source=source)
    said = bench.gdb(["break watched_begin", "break watched_end", "run", "bt", "continue", "bt", "continue"], bench.smf, "run", module)
    check(frames(said[3])[0][0] == "watched_begin" and frames(said[5])[0][0] == "watched_end", "stops", said["all"])


def attached(bench):
    """gdb that comes later reads the list."""
    source = bench.path("waits.c")
    with open(source, "w") as file:
        file.write("#include <stdio.h>\nstatic __attribute__((noinline)) int wait_here(void)\n{\n    puts(\"here\");\n"
                   "    fflush(stdout);\n    return getchar() == 'x';\n}\nint main(void) { return wait_here() - 1; }\n")
    module = bench.build("-O0 -fPIC", name="waits", source=source)
    scope = "/proc/sys/kernel/yama/ptrace_scope"
    if os.geteuid() != 0 and os.path.exists(scope) and open(scope).read().strip() != "0":
        return "this system lets nobody attach (ptrace_scope)"
    program = subprocess.Popen([bench.smf, "run", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        check(program.stdout.readline() == b"here\n", "the module's line", "")
        said = bench.gdb([f"attach {program.pid}", "bt", "detach"])
        check([f[0] for f in frames(said[1]) if "waits.c:" in f[1]] == ["wait_here", "main"], "backtrace", said["all"])
        program.stdin.write(b"x")
        program.stdin.close()
        check(program.wait(60) == 0, "exit status", said["all"])
    finally:
        program.kill()
        program.stdout.close()
    return None


def from_source(bench):
    """`smf run watched.c` under gdb: what is in the cache has lines, too."""
    said = bench.gdb([f"break watched.c:{bench.line('middle')}", "run", "bt"], bench.smf, "run", bench.source)
    check(frames(said[2])[0][0] == "middle" and "watched.c:" in said[2], "backtrace", said["all"])


def replaced(bench):
    """A breakpoint goes along to the newer version, and lines are those of the version that stops."""
    newer = bench.path("newer.c")
    with open(newer, "w") as file:
        file.write("/* A line more. */\n" + "\n".join(bench.lines))
    modules = [bench.build("-O0 -fPIC", name="older"), bench.build("-O0 -fPIC", name="newer", source=newer)]
    said = bench.gdb(["break outer", "run", "bt 1", "continue", "bt 1", "info breakpoints", "continue", "bt 1",
                      "info breakpoints", "continue"], bench.again, *modules)
    text = said["all"]
    line = next(i for i, one in enumerate(bench.lines, 1) if one.startswith("long outer("))
    stops = [(number, re.search(r"outer \(number=(\d).*? at \S*?(\w+\.c):(\d+)", said[number])) for number in (2, 4, 7)]
    check(all(found for _, found in stops), "stops", text)
    check([found.groups() for _, found in stops] == [("1", "watched.c", str(line)), ("2", "newer.c", str(line + 1)),
                                                     ("3", "newer.c", str(line + 1))], "versions", text)
    check("watched.c" in said[5] and "newer.c" in said[5], "both are loaded", text)
    check("watched.c" not in said[8] and "newer.c" in said[8], "the old one is gone", text)
    check("exited normally" in said[9], "exit", text)


def board(bench, machine):
    """The printed command makes gdb-multiarch know the module at these addresses, with no board at hand."""
    cc, flags = BOARDS[machine]
    source = bench.path("board.c")
    with open(source, "w") as file:
        file.write(BOARD_SOURCE)
    module = bench.build("-O1 -ffreestanding -fno-common " + flags, cc, machine, source)
    bases = {"code": 0x20010000, "rodata": 0x20020000, "data": 0x20030000}
    words = [bench.smf, "symbols", "--base", ",".join(f"{k}={v:#x}" for k, v in bases.items()), module]
    commands = bench.path("commands.gdb")
    with open(commands, "w") as file:
        file.write(bench.run(*words, "--gdb"))
    table = {line.split()[2]: int(line.split()[0], 16) for line in bench.run(*words).splitlines()[1:]}
    described = json.loads(bench.run(bench.smf, "inspect", "--json", module))
    symbol = next(s for s in described["symbols"] if s["name"] == "middle")
    section = described["sections"][symbol["section"]]
    check(section["name"] == ".text" and table["middle"] == bases["code"] + (symbol["value"] & ~1), "address of middle", str(table))
    check(bases["code"] <= table["inner"] < bases["rodata"] <= table["limits"] < bases["data"] <= table["counter"], "table", str(table))
    inner, line = table["inner"], 1 + BOARD_SOURCE.split("\n").index("static __attribute__((noinline)) int inner(int a, int b)")
    said = bench.gdb([f"source {commands}", f"info symbol {inner:#x}", f"info line *{inner:#x}", "print &counter",
                      "print &limits", "print &history", "info scope middle", f"info symbol {table['middle']:#x}",
                      "break middle"], name="gdb-multiarch")
    check("inner in section .text" in said[1], "info symbol", said["all"])
    check(re.search(rf"Line ({line}|{line + 1}|{line + 2}) of \".*board.c\" starts at address 0x0*{inner:x}", said[2]), "info line", said["all"])
    for number, name in ((3, "counter"), (4, "limits"), (5, "history")):
        check(f"{table[name]:#x} <{name}>" in said[number], f"address of {name}", said["all"])
    check("Symbol between is" in said[6] and "middle in section .text" in said[7], "scope", said["all"])
    check(re.search(r"Breakpoint 1 at 0x\w+: file .*board.c, line 1[01]\.", said[8]), "breakpoint", said["all"])


CASES = [(f"{case.__name__}:{cc}", lambda bench, case=case, cc=cc: case(bench, cc))
         for case in (breakpoints_and_backtraces, without_the_elf, optimized) for cc in ("gcc", "clang")]
CASES += [(case.__name__, case) for case in (elf_of_another_build, smf_call, constructors_too, replaced, attached, from_source)]
CASES += [(f"board:{machine}", lambda bench, machine=machine: board(bench, machine)) for machine in BOARDS]


def main():
    (smf, again, source), wanted = map(os.path.abspath, sys.argv[1:4]), sys.argv[4:]
    number = failed = 0
    for name, case in CASES:
        if wanted and name not in wanted and name.split(":")[0] not in wanted:
            continue
        number += 1
        with tempfile.TemporaryDirectory() as folder:
            try:
                why = case(Bench(smf, again, source, folder))
                print(f"ok {number} - {name}" + (f" # SKIP {why}" if why else ""))
            except (Failure, OSError, IndexError, KeyError, subprocess.TimeoutExpired) as error:
                failed += 1
                print("\n".join("# " + line for line in f"{type(error).__name__}: {error}".split("\n")))
                print(f"#   rerun: {sys.argv[0]} {smf} {again} {source} {name}\nnot ok {number} - {name}")
        sys.stdout.flush()
    print(f"1..{number}")
    return 1 if failed or number == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
