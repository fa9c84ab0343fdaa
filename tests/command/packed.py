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
from command import CANONICAL, Failure, Skip, main, same  # noqa: E402

PROGRAM = """
#include <stdio.h>
static const char text[] = "%s";
int numbers[4000] = {1, 2, 3, 4};
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


METHODS = ("lz4", "zstd")


def compressed_modules_run_like_plain_ones(smf):
    plain = smf.module("program", PROGRAM, "--name", "same")
    wanted = smf.run("run", plain, "x")
    for method in METHODS:
        path = smf.module(method, PROGRAM, "--name", "same", "--compress", method)
        same(os.path.getsize(path) < os.path.getsize(plain) / 2, True, f"{method}: size")
        found = smf.run("run", path, "x")
        same((found.returncode, found.stdout, found.stderr), (7, wanted.stdout, b""), f"{method}: run")
        same(smf.good("call", path, "sum", "1", "2"), "5\n", f"{method}: call")
        same("good" in smf.good("verify", path), True, f"{method}: verify")
        packed = smf.write("both.smf", pack(path, WAYS[0][1])) # once more as a whole
        same(smf.run("run", packed, "x").returncode, 7, f"{method}: packed as well")


def compressed_state_and_exceptions_work(smf):
    """What is kept across reloads, what constructors need, and what the unwinder reads in place."""
    if smf.sanitized:
        raise Skip("AddressSanitizer stops __cxa_throw in a program that is not linked with libstdc++")
    source = """
        #include <stdexcept>
        extern "C" int puts(const char *);
        __attribute__((section(".keep.state"))) int state[600] = {7, 8, 9};
        struct Made { int value; Made() : value(state[1]) { puts("made"); } ~Made() { puts("gone"); } };
        static Made made;
        static int thrower(int x) { if (x > 0) throw std::runtime_error("thrown"); return 1; }
        int main(int argc, char **) {
            try { return thrower(argc); } catch (const std::exception &e) { puts(e.what()); }
            return made.value + state[2] + state[599];
        }
        extern "C" int get(int i);
        int get(int i) { return state[i]; }
        """
    for method in METHODS:
        module = smf.module("state-" + method, source, "--compress", method, "--reloadable", "--cflags", "-O1 -fPIC")
        flags = {s["name"]: s["flags"] for s in json.loads(smf.good("inspect", "--json", module))["sections"]}
        same("compressed" in flags[".keep.state"] and "compressed" in flags[".eh_frame"], True, f"{method}: {flags}")
        found = smf.run("run", module)
        same((found.returncode, found.stdout, found.stderr), (17, b"made\nthrown\ngone\n", b""), method)
        same(smf.good("call", module, "get", "2").splitlines()[-2:], ["9", "gone"], "call")


def debug_information_is_the_same(smf):
    """-g: OUT.elf differs in the hash of the module that it belongs to, and is found."""
    elves = []
    for method in (None, *METHODS):
        module = smf.module("debug", PROGRAM, "-g", "--name", "debug", *(("--compress", method) if method else ()))
        with open(module, "rb") as file:
            name = file.read()[-68:-60]
        with open(module + ".elf", "rb") as file:
            elf = file.read()
        same(elf.count(name), 1, f"{method}: the module's hash in OUT.elf")
        elves.append(elf.replace(name, bytes(8)))
        if "main" not in smf.good("symbols", "--base", "code=0x1000", module):
            raise Failure(f"{method}: no main among the symbols")
    same(elves[1] == elves[0] and elves[2] == elves[0], True, "OUT.elf")


def compressed_sections_say_so(smf):
    plain = json.loads(smf.good("inspect", "--json", smf.module("plain", PROGRAM, "--name", "same")))
    same((plain["compression"], [s["flags"] for s in plain["sections"] if "compressed" in s["flags"]]), (None, []), "plain")
    real = {s["name"]: s["virtual_size"] for s in plain["sections"] if s["type"] != "reloc"}
    for method in METHODS:
        path = smf.module(method, PROGRAM, "--name", "same", "--compress", method)
        found = json.loads(smf.good("inspect", "--json", path))
        same(found["compression"], method, "compression")
        packed = [s for s in found["sections"] if "compressed" in s["flags"]]
        same(".data" in [s["name"] for s in packed], True, ".data is compressed")
        same({s["name"]: s["virtual_size"] for s in found["sections"] if s["type"] != "reloc"}, real, "sizes in memory")
        same([s["name"] for s in packed if s["size"] >= s["virtual_size"]], [], "sections that have not become smaller")
        same({s["type"] for s in packed} <= {"code", "data", "rodata", "debug"}, True, "types")
        same((found["symbols"], found["relocations"]), (plain["symbols"], plain["relocations"]), "tables")
        text = smf.good("inspect", path)
        stored, memory = sum(s["size"] for s in packed), sum(s["virtual_size"] for s in packed)
        same(f"sections  {method}, {stored} bytes for {memory}" in text.splitlines(), True, text)
        row = next(line for line in text.splitlines() if " .data " in line)
        same("rw-z" in row, True, row)


def compressed_modules_are_made_again_alike(smf):
    for method in METHODS:
        files = []
        for name in ("first", "second"):
            with open(smf.module(name, PROGRAM, "--name", "same", "--compress", method, "--cflags", "-O2 -DNAME=1"), "rb") as file:
                files.append(file.read())
        same(files[0][-68:-60], files[1][-68:-60], f"{method}: module_hash")


def compress_is_refused_where_it_cannot_be(smf):
    source = smf.write("a.c", PROGRAM)
    found = smf.run("build", "--compress", "gzip", "-o", smf.folder + "/a.smf", source)
    same((found.returncode, b"--compress takes lz4 or zstd, not gzip" in found.stderr), (2, True), "gzip")
    for layout in ("r72", "r96"):
        found = smf.run("build", "--compress", "lz4", "--layout", layout, "--no-helpers", "--cflags", "-O1 -fno-asynchronous-unwind-tables",
                        "-o", smf.folder + "/a.smf", smf.write("b.c", "int table[4000] = {1}; int get(int i); int get(int i) { return i; }\n"))
        same((found.returncode, b"cannot hold compressed sections" in found.stderr), (1, True), f"{layout}: {found.stderr!r}")
    same(os.path.exists(smf.folder + "/a.smf"), False, "a file after a refusal")


def prelinking_undoes_compression(smf):
    """What stays in place cannot be compressed: the same file comes out as of the plain module."""
    base = "code=0x10000000,data=0x20000000,rodata=0x30000000"
    flags = ("--name", "same", "--cflags", "-O2 -fno-pic -mcmodel=large -fno-asynchronous-unwind-tables -fcf-protection=none")
    files = []
    source = "int table[3000] = {1, 2}; int *at = &table[1]; int get(int i); int get(int i) { return table[i] + *at; }\n"
    for method in (None, *METHODS):
        module = smf.module("m", source, *flags, *(("--compress", method) if method else ()))
        out = os.path.join(smf.folder, f"{method}.fixed")
        smf.good("prelink", module, "--base", base, "-o", out)
        smf.good("verify", out)
        with open(out, "rb") as file:
            files.append(file.read())
    same(files[1] == files[0] and files[2] == files[0], True, "prelinked files")


def damaged_sections_are_one_line(smf):
    """module_hash finds them all; without it the sizes and the decompressor do, or the module only computes other things."""
    for method in METHODS:
        path = smf.module(method, PROGRAM, "--name", "same", "--compress", method)
        with open(path, "rb") as file:
            content = file.read()
        sections = [s for s in json.loads(smf.good("inspect", "--json", path))["sections"] if "compressed" in s["flags"]]
        unhashed = bytearray(content)
        unhashed[-68:-60] = bytes(8)
        found = 0
        for section in sections:
            for at in range(section["offset"], section["offset"] + section["size"], max(1, section["size"] // 12)):
                bent = bytearray(content)
                bent[at] ^= 0x55
                smf.refused("verify", smf.write("bent.smf", bytes(bent)), says="")
                bent[-68:-60] = bytes(8)
                result = smf.run("verify", smf.write("bent.smf", bytes(bent)))
                same(result.returncode in (0, 1) and len(result.stderr.splitlines()) == result.returncode, True, f"{method}: {result}")
                found += result.returncode
        same(found > len(sections), True, f"{method}: {found} found without a hash")
        table = content.rfind(b".data" + bytes(11)) - 40
        for add, offset in ((1, 24), (-1, 24), (1 << 30, 24), (-1, 16)): # virtual_size, size
            bent = bytearray(unhashed)
            value = int.from_bytes(bent[table + offset:table + offset + 8], "little")
            bent[table + offset:table + offset + 8] = (value + add).to_bytes(8, "little")
            smf.refused("verify", smf.write("bent.smf", bytes(bent)), says="")


CASES = [compressed_modules_run_like_plain_ones, compressed_state_and_exceptions_work, debug_information_is_the_same,
         compressed_sections_say_so, compressed_modules_are_made_again_alike,
         compress_is_refused_where_it_cannot_be, prelinking_undoes_compression, damaged_sections_are_one_line,
         packed_files_run_like_plain_ones, packed_files_say_so, packed_libraries_are_found_by_name, bad_packed_files_are_one_line]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CASES, __doc__))
