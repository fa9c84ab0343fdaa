#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files that are compressed as a whole (by the programs zstd and lz4), and modules with compressed sections, in the
hands of the smf command.

    packed.py [--sanitized] SMF GOLDEN [CASE...]     GOLDEN: tests/golden

TAP; exit status 1 if a case fails.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
from command import CANONICAL, Failure, main, same  # noqa: E402

PROGRAM = """
#include <stdio.h>
static const char text[] = "%s";
static int numbers[4000] = {1, 2, 3, 4};
int sum(int a, int b) { return a + b + numbers[a & 3]; }
int main(int argc, char **argv) { printf("%%s, %%d\\n", text, argc); return argv[0] != 0 ? sum(argc, 2) : 9; }
""" % ("the same words again and again, " * 20)
# Name of the method, and how its program is called: with the size in the frame, from a pipe without, with checks.
WAYS = [("zstd", ["zstd", "-q", "-c"]), ("zstd", ["zstd", "-q", "-c", "-19", "--no-check"]), ("zstd", None),
        ("lz4", ["lz4", "-q", "-c"]), ("lz4", ["lz4", "-q", "-c", "-9", "--content-size"]), ("lz4", ["lz4", "-q", "-c", "-BX", "-B4"])]


def pack(path, way):
    """What comes out of the program; None: from a pipe, where it cannot know the size."""
    if way is None:
        with open(path, "rb") as file:
            return subprocess.run(["zstd", "-q", "-c", "-"], input=file.read(), capture_output=True, check=True).stdout
    return subprocess.run([*way, path], capture_output=True, check=True).stdout


def packed_files_run_like_plain_ones(smf):
    plain = smf.module("program", PROGRAM)
    wanted = smf.run("run", plain, "x")
    same((wanted.returncode, wanted.stderr), (2 + 2 + 3, b""), "plain")
    for number, (_, way) in enumerate(WAYS):
        path = smf.write(f"program-{number}.smf.packed", pack(plain, way))
        found = smf.run("run", path, "x")
        same((found.returncode, found.stdout, found.stderr), (7, wanted.stdout, b""), f"{way}: run")
        same(smf.good("call", path, "sum", "1", "2"), "5\n", f"{way}: call")
        same("good" in smf.good("verify", path), True, f"{way}: verify")


def packed_files_say_so(smf):
    plain = smf.sample(CANONICAL)
    whole = json.loads(smf.good("inspect", "--json", plain))
    same(whole["packed"], None, "packed, of a plain file")
    for number, (method, way) in enumerate(WAYS):
        path = smf.write(f"{number}.packed", pack(plain, way))
        found = json.loads(smf.good("inspect", "--json", path))
        same(found["packed"], method, f"{way}: packed")
        same({**found, "packed": None}, whole, f"{way}: everything else")
        first = smf.good("inspect", path).splitlines()[0]
        same(first, f"packed    {method}, {os.path.getsize(path)} bytes for {os.path.getsize(plain)}", "first line")


def packed_libraries_are_found_by_name(smf):
    """--lib FILE and --path hold packed files, too: content says what a file is."""
    library = smf.module("piece", "int piece(void); int piece(void) { return 40; }\n")
    program = smf.module("user", "int piece(void); int main(void) { return piece() + 2; }\n", "--needs", "piece")
    with open(library, "rb") as file:
        content = file.read()
    packed = pack(library, WAYS[0][1])
    if packed == content:
        raise Failure("zstd has packed nothing")
    smf.write("piece.smf", packed)
    same(smf.run("run", "--path", smf.folder, program).returncode, 42, "--path")
    same(smf.run("run", "--lib", library, program).returncode, 42, "--lib")


def bad_packed_files_are_one_line(smf):
    plain = smf.module("program", PROGRAM)
    for number, (_, way) in enumerate(WAYS):
        packed = pack(plain, way)
        for size in sorted({5, 7, 12, 20, len(packed) // 3, len(packed) // 2, len(packed) - 5, len(packed) - 1}):
            path = smf.write("cut", packed[:size])
            for verb in ("inspect", "verify", "run"):
                smf.refused(verb, path, says="damaged or cut")
        smf.refused("run", smf.write("more", packed + b"\0"), says="left over")
        smf.refused("verify", smf.write("twice", packed + packed), says="left over")
    path = smf.write("zeros", b"")
    with open(path, "wb") as file:
        file.truncate((256 << 20) + 1) # one byte above the limit
    for way in (["zstd", "-q", "-c", "-1"], ["lz4", "-q", "-c"]):
        bomb = smf.write("bomb", pack(path, way))
        same(os.path.getsize(bomb) < 2 << 20, True, "size of a bomb")
        smf.refused("inspect", bomb, says="more than 0x10000000 bytes")
    smf.refused("inspect", smf.write("text.zst", pack(smf.write("text", b"no module at all\n" * 10), WAYS[0][1])), says="no SMF header")


CASES = [packed_files_run_like_plain_ones, packed_files_say_so, packed_libraries_are_found_by_name, bad_packed_files_are_one_line]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CASES, __doc__))
