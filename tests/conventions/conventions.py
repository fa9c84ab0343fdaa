#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Modules of both conventions of x86-64, loaded by a host program and by the smf command.

    conventions.py [--emulator COMMAND]... BUILDER HOST SMF

BUILDER: the smf command that builds. HOST: tests/conventions/host.c, SMF: the smf command, both of the system under
test, run through the emulator's words if there are any. TAP; exit status 1 if something is wrong.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
# name: (convention, driver, flags)
COMPILERS = {
    "gcc": ("system_v", "gcc", ""),
    "clang": ("system_v", "clang", ""),
    "gcc-ms": ("microsoft", "gcc", "-mabi=ms -DMICROSOFT"),
    "gcc-ms-O0": ("microsoft", "gcc", "-mabi=ms -DMICROSOFT -O0"),
    "clang-windows": ("microsoft", "clang --target=x86_64-pc-windows-gnu-elf", "-DMICROSOFT"),
}


class Failed(Exception):
    pass


def same(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what}: {found!r}, wanted {wanted!r}")


class Bench:
    def __init__(self, emulator, builder, host, smf, folder):
        self.emulator, self.builder, self.host, self.smf, self.folder = emulator, builder, host, smf, folder

    def run(self, *command):
        found = subprocess.run([*self.emulator, *command], capture_output=True, text=True, timeout=120, cwd=self.folder)
        return found.returncode, found.stdout, found.stderr

    def good(self, *command):
        status, output, errors = self.run(*command)
        same((status, errors), (0, ""), f"status and errors of {' '.join(command)}: {output[-2000:]}")
        return output

    def refused(self, *command, says, status=1):
        found, output, errors = self.run(*command)
        same((found, output, errors.count("\n"), errors.startswith("smf: ")), (status, "", 1, True),
             f"{' '.join(command)}: {errors}")
        for word in says:
            if word not in errors:
                raise Failed(f"{' '.join(command)}: {errors!r} does not say {word!r}")

    def module(self, name, compiler, *options, text=None):
        """Build a module for any platform; its path as the system under test reads it: in its working directory."""
        _, driver, flags = COMPILERS[compiler]
        source = os.path.join(HERE, name + ".c")
        if text is not None:
            source = os.path.join(self.folder, name + ".c")
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
        made = f"{name}-{compiler}.smf"
        found = subprocess.run([self.builder, "build", "-o", made, "--platform", "any", "--cc", driver, "--cflags", "-w " + flags,
                                *options, source], capture_output=True, text=True, cwd=self.folder)
        same((found.returncode, found.stderr), (0, ""), f"building {made}")
        return made


def host_and_module_call_each_other(bench, compiler):
    output = bench.good(bench.host, bench.module("module", compiler), COMPILERS[compiler][0])
    same(" 0 failed" in output and "SKIP" not in output, True, output)


def a_program_says_what_it_says_when_linked(bench, compiler):
    linked = os.path.join(bench.folder, "linked")
    subprocess.run(["gcc", "-w", "-O2", "-o", linked, os.path.join(HERE, "program.c"), "-lm"], check=True)
    wanted = subprocess.run([linked, "one", "two"], capture_output=True, text=True)
    status, output, errors = bench.run(bench.smf, "run", bench.module("program", compiler), "one", "two")
    same((status, errors), (wanted.returncode, ""), "status and errors")
    for found, line in zip(output.splitlines(), wanted.stdout.splitlines()):
        same(found, line, "a line")
    same(len(output.splitlines()), len(wanted.stdout.splitlines()), "lines")


def call_passes_eight_integers(bench, compiler):
    module = bench.module("eight", compiler, text="typedef long long n; n f(n a, n b, n c, n d, n e, n f, n g, n h) {"
                          " return a + 10 * (b + 10 * (c + 10 * (d + 10 * (e + 10 * (f + 10 * (g + 10 * h)))))); }")
    same(bench.good(bench.smf, "call", module, "f", "1", "2", "3", "4", "5", "6", "7", "8"), "87654321\n", "result")
    same(bench.good(bench.smf, "call", module, "f", "-1"), "-1\n", "result")


def what_is_missing_is_named(bench, compiler):
    module = bench.module("missing", compiler, text="int nobody_a(int), nobody_b(int); int f(void) { return nobody_a(1) + nobody_b(2); }")
    bench.refused(bench.smf, "call", module, "f", says=["nobody_a", "nobody_b"])


def inspect_and_verify_say_the_same_everywhere(bench, compiler):
    module = bench.module("module", compiler)
    def here(*arguments):
        return subprocess.run([bench.builder, *arguments], capture_output=True, text=True, cwd=bench.folder).stdout
    json_here, json_there = here("inspect", "--json", module), bench.good(bench.smf, "inspect", "--json", module)
    same(json.loads(json_there), json.loads(json_here), "inspect --json")
    same(json.loads(json_there)["abi"], {"system_v": 1, "microsoft": 2}[COMPILERS[compiler][0]], "abi")
    same(bench.good(bench.smf, "inspect", module), here("inspect", module), "inspect")
    same(bench.good(bench.smf, "verify", module), here("verify", module), "verify")
    with open(os.path.join(bench.folder, module), "rb") as file:
        content = file.read()
    with open(os.path.join(bench.folder, "cut.smf"), "wb") as file:
        file.write(content[:-100])
    for verb in ("verify", "inspect", "run"):
        bench.refused(bench.smf, verb, "cut.smf", says=["cut.smf"])


def a_module_for_the_other_system_is_refused(bench, compiler):
    other = "linux" if bench.emulator else "windows"
    bench.refused(bench.smf, "run", bench.module("program", compiler, "--platform", other), says=["platform"])


def building_is_refused_without_libelf(bench, compiler):
    if not bench.emulator or compiler != "gcc":
        return
    source = os.path.join(bench.folder, "x.c")
    with open(source, "w", encoding="utf-8") as file:
        file.write("int main(void) { return 0; }\n")
    bench.refused(bench.smf, "build", "x.c", says=["libelf", "Windows"])
    bench.refused(bench.smf, "run", "nothing.smf", says=["No such file"])
    bench.refused(bench.smf, "run", says=["FILE is missing"], status=2)


LIB = "int base(void) { return %d; }\n"
APP = "int base(void); static int calls __attribute__((section(\".keep.calls\"))); static int (*pointer)(void) = base;\n" \
      "int main(void) { return base() + pointer() + 100 * ++calls; }\n"


def several_modules_run_together(bench, compiler):
    lib, app = bench.module("lib", compiler, "--name", "lib", text=LIB % 4), bench.module("app", compiler, "--needs", "lib", text=APP)
    same(bench.run(bench.smf, "run", "--lib", lib, app), (108, "", ""), "--lib")
    bench.refused(bench.smf, "run", "--path", ".", app, says=["'lib'"])
    os.rename(os.path.join(bench.folder, lib), os.path.join(bench.folder, "lib.smf"))
    same(bench.run(bench.smf, "run", "--path", "nowhere", "--path", ".", app), (108, "", ""), "--path")
    same(bench.run(bench.smf, "run", "--path", ".", "--lib", "lib", app), (108, "", ""), "--lib NAME")


def a_file_that_changes_is_reloaded(bench, compiler):
    """By polling, as on any system; a file that runs can be replaced and rewritten."""
    lib, app = bench.module("lib", compiler, text=LIB % 4), bench.module("app", compiler, text=APP)
    shutil.copyfile(os.path.join(bench.folder, lib), os.path.join(bench.folder, "old.smf"))
    process = subprocess.Popen([*bench.emulator, bench.smf, "watch", "--poll", "--interval", "20", "--once", "3", "--lib", lib, app],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=bench.folder)
    killer = threading.Timer(100, process.kill)
    killer.start()
    try:
        same(process.stdout.readline(), "108\n", "first call")
        bench.module("lib", compiler, text=LIB % 5)
        same((process.stderr.readline(), process.stdout.readline()), (f"smf: {lib}: reloaded, version 2\n", "210\n"), "a library")
        bench.module("app", compiler, text=APP.replace("base()", "base() + 1", 1).replace("100", "200"))
        same((process.stderr.readline(), process.stdout.readline()), (f"smf: {app}: reloaded, version 2\n", "611\n"), "the module")
        shutil.copyfile(os.path.join(bench.folder, "old.smf"), os.path.join(bench.folder, lib))
        same((process.stderr.readline(), process.stdout.readline()), (f"smf: {lib}: reloaded, version 3\n", "809\n"), "in place")
        same(process.wait(), 0, "status")
    finally:
        killer.cancel()
        process.kill()
        process.communicate()


CASES = [several_modules_run_together, a_file_that_changes_is_reloaded, host_and_module_call_each_other, a_program_says_what_it_says_when_linked, call_passes_eight_integers,
         what_is_missing_is_named, inspect_and_verify_say_the_same_everywhere, a_module_for_the_other_system_is_refused,
         building_is_refused_without_libelf]


def main(arguments):
    emulator = []
    while arguments[:1] == ["--emulator"]:
        emulator.append(arguments[1])
        arguments = arguments[2:]
    if len(arguments) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    number = failed = 0
    for compiler, (_, driver, _) in COMPILERS.items():
        for case in CASES:
            number += 1
            name = f"{case.__name__}:{compiler}"
            if shutil.which(driver.split()[0]) is None:
                print(f"ok {number} - {name} # SKIP {driver.split()[0]} is not installed")
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    case(Bench(emulator, *arguments, folder), compiler)
                    print(f"ok {number} - {name}")
                except Failed as error:
                    failed += 1
                    print(f"not ok {number} - {name}\n#   " + str(error).replace("\n", "\n#   "))
    print(f"1..{number}\n# {number} ran, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
