#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run each module of this folder through `smf build` and `smf run`, and the same source linked by the compiler; the
output and the exit status have to be equal. For gcc and clang, -O0 -O2 -Os, with and without -fPIC.

    compare.py [options] SMF [WORD...]      only the cases whose name contains every WORD
    --target TRIPLE     build for another machine with its cross compiler
    --loader PROGRAM    the smf command of that machine, for `run`
    --emulator COMMAND  what runs that machine's programs, e.g. "qemu-aarch64 -L /usr/aarch64-linux-gnu"

Without -fPIC, imported data lies out of reach on x86-64: that has to be an error that names the symbol and says -fPIC."""
import argparse
import concurrent.futures
import os
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = {
    "library_calls.c": ("-fPIC", "-fno-pic"),
    "own_data.c": ("-fPIC", "-fpic", "-fno-pic"),
    "classes.cpp": ("-fPIC", "-fno-pic"),
    "standard_library.cpp": ("-fPIC",),
}
COMPILERS = {".c": ("gcc", "clang"), ".cpp": ("g++", "clang++")}
LEVELS = ("-O0", "-O2", "-Os")


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


class Machine:
    """Where modules run: here, or in an emulator."""

    def __init__(self, options):
        self.smf = os.path.abspath(options.smf)
        self.loader = os.path.abspath(options.loader) if options.loader else self.smf
        self.emulator = options.emulator.split() if options.emulator else []
        self.target = options.target

    def compiler(self, name):
        return f"{self.target}-{name}" if self.target else name

    def compilers(self, suffix):
        return COMPILERS[suffix] if not self.target else COMPILERS[suffix][:1]


def compare(machine, source, compiler, level, pic):
    """None, or what went wrong."""
    smf, compiler = machine.smf, machine.compiler(compiler)
    flags = [level, pic] + ([] if pic != "-fno-pic" else ["-fno-pie"])
    path = os.path.join(HERE, source)
    with tempfile.TemporaryDirectory() as folder:
        native, module = os.path.join(folder, "native"), os.path.join(folder, "module.smf")
        link = ["-no-pie"] if pic == "-fno-pic" else []
        made = run([compiler, *flags, *link, "-o", native, path, "-lm"])
        if made.returncode != 0:
            return "compiler: " + made.stderr
        made = run([smf, "build", "--cc", compiler, "--cflags", " ".join(flags), "-o", module, path])
        if made.returncode != 0:
            return "build: " + made.stderr
        checked = run([smf, "verify", module])
        if checked.returncode != 0:
            return "verify: " + checked.stdout + checked.stderr
        wanted = run([*machine.emulator, native])
        found = run([*machine.emulator, machine.loader, "run", module])
        if (wanted.returncode, wanted.stdout) != (found.returncode, found.stdout):
            return (f"status {found.returncode}, wanted {wanted.returncode}\n--- linked\n{wanted.stdout}"
                    f"--- loaded\n{found.stdout}{found.stderr}")
    return None


FAR = {
    "stderr": (".c", "#include <stdio.h>\nint main(void) { return fputs(\"x\", stderr) < 0; }\n"),
    "_ZTISt9exception": (".cpp", "#include <exception>\n#include <typeinfo>\n"
                         "const std::type_info *volatile kept;\n"
                         "int main() { kept = &typeid(std::exception); return kept == nullptr; }\n"),
}


def refuse_far_data(machine, symbol, compiler, level):
    """Data of a library cannot be reached in 32 bits: refused, by name, with the cure."""
    smf = machine.smf
    suffix, text = FAR[symbol]
    with tempfile.TemporaryDirectory() as folder:
        source, module = os.path.join(folder, "far" + suffix), os.path.join(folder, "far.smf")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        made = run([smf, "build", "--cc", compiler, "--cflags", f"{level} -fno-pic -fno-pie", "-o", module, source])
        if made.returncode != 0:
            return "build: " + made.stderr
        found = run([smf, "run", module])
        if found.returncode != 1 or symbol not in found.stderr or "-fPIC" not in found.stderr:
            return f"status {found.returncode}, wanted 1 and a line with '{symbol}' and -fPIC: {found.stderr!r}"
        if found.stdout or found.stderr.count("\n") != 1:
            return f"wanted one line: {found.stdout!r} {found.stderr!r}"
    return None


def cases(machine):
    for source, pics in SOURCES.items():
        for compiler in machine.compilers(os.path.splitext(source)[1]):
            for level in LEVELS:
                for pic in pics:
                    yield f"{source} {compiler} {level} {pic}", compare, (machine, source, compiler, level, pic)
    if machine.target:
        return  # elsewhere libraries lie within reach of every reference that compilers make
    for symbol, (suffix, _) in FAR.items():
        for compiler in machine.compilers(suffix):
            for level in LEVELS:
                if (compiler, level) == ("clang++", "-O0"):
                    continue  # takes the address in 64 bits (movabs): nothing is out of reach
                yield f"far {symbol} {compiler} {level} -fno-pic", refuse_far_data, (machine, symbol, compiler, level)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--target", "--loader", "--emulator"):
        parser.add_argument(option)
    parser.add_argument("smf")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    given = [word for word in sys.argv[1:] if word not in options.words]
    chosen = [case for case in cases(Machine(options)) if all(word in case[0].split() for word in options.words)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda case: case[1](*case[2]), chosen)
        for number, (case, trouble) in enumerate(zip(chosen, results), 1):
            print(f"{'not ' if trouble else ''}ok {number} - {case[0]}")
            if trouble:
                failed += 1
                print("#   " + trouble.rstrip().replace("\n", "\n#   "))
                print(f"#   rerun: {sys.argv[0]} {shlex.join(given)} -- {case[0]}")
    print(f"1..{len(chosen)}\n# {len(chosen)} ran, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
