#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The smf command from outside: what it prints, and how it refuses.

    command.py [--sanitized] SMF GOLDEN [CASE...]     GOLDEN: tests/golden

TAP; exit status 1 if a case fails.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

R72, R96, CANONICAL = "simpleos-r72-mod.smf", "simpleos-r96-builder.smf", "canonical.smf"


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def same(found, wanted, what):
    if found != wanted:
        raise Failure(f"{what}: {found!r}, wanted {wanted!r}")


class Command:
    """The program, the golden files, and a folder that goes away."""

    def __init__(self, program, golden, folder, sanitized, emulator=()):
        self.program, self.golden, self.folder, self.sanitized = program, golden, folder, sanitized
        self.emulator, self.words = list(emulator), [*emulator, program]
        self.umask = os.umask(0o22)
        os.umask(self.umask)
        self.environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(folder, "cache"))
        os.mkdir(self.environment["XDG_CACHE_HOME"])

    def run(self, *arguments, **options):
        found = subprocess.run([*self.words, *arguments], capture_output=True, timeout=60, cwd=self.folder if self.emulator else None,
                               env=dict(self.environment, **options))
        if self.emulator: # Windows ends lines its own way
            found.stdout, found.stderr = (text.replace(b"\r\n", b"\n") for text in (found.stdout, found.stderr))
        return found

    def sample(self, name):
        return os.path.join(self.golden, name)

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, name):
        with open(self.sample(name), "rb") as file:
            return file.read()

    def good(self, *arguments):
        found = self.run(*arguments)
        same((found.returncode, found.stderr), (0, b""), "status and errors of " + " ".join(arguments))
        return found.stdout.decode()

    def refused(self, *arguments, says="", status=1, shown=None):
        """Nothing printed, one line of printable ASCII that begins as it must and says what it must."""
        found = self.run(*arguments)
        what = " ".join(arguments)
        same(found.returncode, status, "status of " + what)
        same(found.stdout, b"", "output of " + what)
        line = found.stderr.decode("ascii")
        start = f"smf: {shown if shown is not None else arguments[1]}: "
        if line.count("\n") != 1 or not line.endswith("\n") or not line[:-1].isprintable() or not line.startswith(start):
            raise Failure(f"{what}: {line!r} is no line that starts with {start!r}")
        if says not in line:
            raise Failure(f"{what}: {line!r} does not say {says!r}")
        return line

    def module(self, name, source, *options):
        """Build a module for this machine."""
        path = os.path.join(self.folder, name + ".smf")
        self.good("build", "-o", path, *options, self.write(name + (".cpp" if "extern \"C\"" in source else ".c"), source))
        return path


def inspect_json_of_the_golden_file(smf):
    found = json.loads(smf.good("inspect", "--json", smf.sample(CANONICAL)))
    same({key: found[key] for key in ("layout", "version", "platform", "arch", "flags", "canonical", "abi", "cpu", "module",
                                      "needs", "needs_interfaces", "entry", "stub_size", "module_hash", "source_hash", "notes", "templates")},
         {"layout": "P128", "version": "1.1", "platform": "none", "arch": "aarch64", "flags": ["pic", "canonical"],
          "canonical": True, "abi": 7, "cpu": 9, "module": {"name": "golden", "version": "1.2.3"}, "needs": [], "needs_interfaces": [],
          "entry": None, "stub_size": 0, "module_hash": "0x94d0622bc8f61162", "source_hash": "0x1122334455667788",
          "notes": [{"name": "note.module", "section": 5, "size": 24}], "templates": []}, "header")
    same(len(found["sections"]), 9, "sections")
    same(found["sections"][0], {"name": ".text", "type": "code", "flags": ["read", "exec"], "offset": 0, "size": 24,
                                "virtual_size": 24, "alignment": 16, "link": None}, "section 0")
    same(found["sections"][4], {"name": ".bss", "type": "bss", "flags": ["read", "write"], "offset": 0, "size": 0,
                                "virtual_size": 40, "alignment": 16, "link": None}, "section 4")
    same(found["sections"][8], {"name": ".rel", "type": "reloc", "flags": ["read"], "offset": 152, "size": 24,
                                "virtual_size": 24, "alignment": 8, "link": 3}, "section 8")
    same(found["symbols"],
         [{"name": ".got", "type": "data", "binding": "local", "section": 2, "value": 0, "size": 0},
          {"name": "other", "type": "function", "binding": "global", "section": None, "value": 8, "size": 12},
          {"name": "twice", "type": "function", "binding": "global", "section": 0, "value": 0, "size": 8}], "symbols")
    same(found["relocations"],
         [{"section": 0, "offset": 8, "symbol": 0, "type": "R_AARCH64_ADR_PREL_PG_HI21", "number": 275, "addend": 0},
          {"section": 0, "offset": 12, "symbol": 0, "type": "R_AARCH64_LDST64_ABS_LO12_NC", "number": 286, "addend": 0},
          {"section": 2, "offset": 0, "symbol": 1, "type": "R_AARCH64_ABS64", "number": 257, "addend": 0},
          {"section": 3, "offset": 8, "symbol": 2, "type": "R_AARCH64_ABS64", "number": 257, "addend": -4}], "relocations")


def inspect_json_of_real_files(smf):
    for name, layout, offset in ((R72, "R72", 128), (R96, "R96", 152)):
        found = json.loads(smf.good("inspect", "--json", smf.sample(name)))
        same((found["layout"], found["platform"], found["arch"], found["flags"], found["canonical"], found["entry"],
              found["module"], found["module_hash"], found["relocations"]),
             (layout, "linux", "x86_64", ["executable"], False, 0, None, None, []), name)
        same(found["sections"], [{"name": "code", "type": "code", "flags": ["read", "exec"], "offset": offset, "size": 6,
                                  "virtual_size": 6, "alignment": 16, "link": None}], name)
        same(found["symbols"], [{"name": "main", "type": "function", "binding": "global", "section": 0, "value": 0,
                                 "size": 0}], name)


def patched(file, offset, form, *values):
    content = bytearray(file)
    struct.pack_into(form, content, offset if offset >= 0 else len(content) + offset, *values)
    return bytes(content)


def inspect_escapes_names(smf):
    """A name may be any bytes: JSON stays JSON, a terminal stays safe."""
    file = smf.read(CANONICAL).replace(b"\0twice\0", b"\0\x1b\"\\\xff\xc3\0")
    path = smf.write("names.smf", file)
    found = json.loads(smf.good("inspect", "--json", path))
    same(found["symbols"][2]["name"], "\x1b\"\\\\xff\\xc3", "name")
    found = json.loads(smf.good("inspect", "--json", smf.write("utf.smf", file.replace(b"\x1b\"\\\xff\xc3", b"\xe2\x82\xac\xed\xa0"))))
    same(found["symbols"][2]["name"], "\u20ac\\xed\\xa0", "name")
    text = smf.good("inspect", path)
    if '?"\\??' not in text or not text.replace("\n", "").isprintable():
        raise Failure(f"text form: {text!r}")


def inspect_text_says_the_same(smf):
    text = smf.good("inspect", smf.sample(CANONICAL))
    for line in ("module    golden 1.2.3", "9 sections", "3 symbols, 1 exported", "2 relocations of .text",
                 "R_AARCH64_ABS64              twice - 0x4", "of .text, 2 settled", "other (by stub)"):
        if line not in text:
            raise Failure(f"{line!r} is not in {text}")


def run_and_call(smf):
    for name in (R72, R96):
        same(smf.good("run", smf.sample(name)), "", name)
    module = smf.module("sum", """
        #include <stdio.h>
        long sum(long a, long b, long c, long d, long e, long f, long g, long h);
        long sum(long a, long b, long c, long d, long e, long f, long g, long h)
        { return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h; }
        long number = 3;
        int main(int argc, char **argv) { printf("%d %s", argc, argv[argc - 1]); return argc + 40; }
        """)
    same(smf.good("call", module, "sum", "1", "1", "1", "1", "1", "1", "1", "1"), "36\n", "sum")
    same(smf.good("call", module, "sum", "-1"), "-1\n", "sum")
    same(smf.good("call", module, "sum", "0x7fffffffffffffff"), "9223372036854775807\n", "sum")
    same(smf.good("call", module, "sum", "0xffffffffffffffff", "0x10"), "31\n", "sum")
    found = smf.run("run", module, "one", "--help")
    same((found.returncode, found.stdout, found.stderr), (43, b"3 --help", b""), "run")
    smf.refused("call", module, "number", says="'number' is data")
    smf.refused("call", module, "nobody", says="exports no 'nobody'")


def run_a_source_and_keep_it(smf):
    header = smf.write("answer.h", "#define ANSWER 42\n")
    source = smf.write("answer.c", '#include "answer.h"\nint main(void) { return ANSWER; }\n')
    cache = os.path.join(smf.environment["XDG_CACHE_HOME"], "smf")
    same(smf.run("run", source).returncode, 42, "first")
    kept = os.listdir(cache)
    same([sorted(kept)[1]], [kept_name + ".elf" for kept_name in kept if kept_name.endswith(".smf")], "module and debug information")
    same(smf.run("run", source).returncode, 42, "second")
    same(os.listdir(cache), kept, "cache")
    smf.write("answer.h", "#define ANSWER 43\n")
    same(smf.run("run", source).returncode, 43, "with another header")
    same(len(os.listdir(cache)), 2 * len(kept), "cache")
    os.remove(header)
    found = smf.run("run", source)
    same((found.returncode, found.stdout), (1, b""), "without its header")
    if b"answer.h" not in found.stderr:
        raise Failure(f"{found.stderr!r} does not name the header")
    smf.refused("run", os.path.join(smf.folder, "none.c"), says="No such file")


def a_module_can_be_a_program(smf):
    """--shebang: the kernel hands the file to smf."""
    module = smf.module("program", "int main(int argc, char **argv) { return argv[0][0] == '/' ? argc + 20 : 1; }\n", "--shebang")
    bin_folder = os.path.join(smf.folder, "bin")
    os.mkdir(bin_folder)
    os.symlink(os.path.abspath(smf.program), os.path.join(bin_folder, "smf"))
    path = bin_folder + ":" + smf.environment.get("PATH", "")
    found = subprocess.run([module, "a", "b"], capture_output=True, timeout=60, env=dict(smf.environment, PATH=path))
    same((found.returncode, found.stdout, found.stderr), (23, b"", b""), "program")
    same(json.loads(smf.good("inspect", "--json", module))["stub_size"] % 16, 0, "stub")
    smf.good("verify", module)


def older_layouts_run_too(smf):
    for layout in ("r72", "r96"):
        module = smf.module(layout, "int twice(int x);\nint twice(int x) { return 2 * x; }\nint main(void) { return twice(21); }\n",
                            "--layout", layout, "--cflags", "-O1 -fno-asynchronous-unwind-tables")
        same(json.loads(smf.good("inspect", "--json", module))["layout"], layout.upper(), "layout")
        smf.good("verify", module)
        same(smf.run("run", module).returncode, 42, layout)
        same(smf.good("call", module, "twice", "4"), "8\n", layout)


def inspect_survives_flipped_bits(smf):
    """Whatever opens is printed as JSON; whatever does not is one line."""
    file = smf.read(CANONICAL)
    for bit in range(176 * 8, len(file) * 8, 23):
        content = bytearray(file)
        content[bit // 8] ^= 1 << bit % 8
        path = smf.write("flipped.smf", bytes(content))
        found = smf.run("inspect", "--json", path)
        if found.returncode == 0:
            json.loads(found.stdout)
        else:
            smf.refused("inspect", path)


def run_endings(smf):
    """Destructors and atexit, in the order of a linked program; exceptions; exit() from inside."""
    if smf.sanitized:
        raise Skip("AddressSanitizer stops __cxa_throw in a program that is not linked with libstdc++")
    source = """
        #include <cstdio>
        #include <cstdlib>
        #include <stdexcept>
        extern "C" int puts(const char *);
        struct Noisy { const char *name; Noisy(const char *n) : name(n) { std::puts(n); } ~Noisy() { std::printf("~%s\\n", name); } };
        static Noisy global("global");
        static void last() { std::puts("atexit"); }
        static void thrower(int x) { Noisy local("local"); if (x > 0) throw std::runtime_error("thrown"); }
        int main(int argc, char **)
        {
            static Noisy inside("inside");
            std::atexit(last);
            try { thrower(argc); } catch (const std::exception &e) { std::printf("caught %s\\n", e.what()); }
            if (argc > 1) std::exit(5);
            return 3;
        }
        """
    module = smf.module("endings", source, "--cflags", "-O1 -fPIC")
    wanted = b"global\ninside\nlocal\n~local\ncaught thrown\natexit\n~inside\n~global\n"
    for arguments, status in ((("run", module), 3), (("run", module, "x"), 5)):
        found = smf.run(*arguments)
        same((found.returncode, found.stdout, found.stderr), (status, wanted, b""), " ".join(arguments))


def missing_symbols_are_all_named(smf):
    module = smf.module("missing", "int nobody_a(void), nobody_b(void), nobody_c(void) __attribute__((weak));\n"
                        "int main(void) { return nobody_a() + nobody_b() + (nobody_c != 0 ? nobody_c() : 0); }\n")
    line = smf.refused("run", module, says="'nobody_a'")
    same("'nobody_b'" in line and "nobody_c" not in line, True, line)


def inputs_that_are_no_module(smf):
    r72, canonical = smf.read(R72), smf.read(CANONICAL)
    bad = {
        "empty": (b"", "no SMF header"),
        "text": (b"hello, world\n" * 40, "no SMF header"),
        "magic-only": (b"SMF\0" + bytes(200), "layout"),
        "cut": (canonical[:-1], ""),
        "envelope": (b"\x7fELF" + bytes(60) + b"SMF\0" + bytes(40) + struct.pack("<QII", 0, 64, 64) + b"\1" + bytes(67), "envelope"),
        "library": (b"LSMF\1\0" + bytes(2) + struct.pack("<IQQQ", 0, 128, 0, 128) + bytes(92), "LSM library"),
        "settlement": (b"SSMF" + bytes(300), "SSMF"),
        "package": (bytes(200) + b"SPK1", "SPK"),
        "bytecode": (patched(r72, 128, "<4s", b"BCOD"), "bytecode"),
        "elf": (patched(r72, 128, "<4s", b"\x7fELF"), "ELF"),
        "must-know": (patched(canonical, -128 + 8, "<I", 0x20108), "newer reader"),
        "flags": (patched(r72, 72 + 4, "<I", 7), "flags 7"),
    }
    for name, (content, says) in bad.items():
        path = smf.write(name + ".smf", content)
        for verb in ("inspect", "verify", "run"):
            if name != "library" or verb == "run": # an empty one
                smf.refused(verb, path, says=says)
        smf.refused("call", path, "main", says=says)
    path = os.path.join(smf.folder, "\x1b[31m.smf")
    smf.refused("inspect", path, says="No such file", shown=path.replace("\x1b", "?"))
    smf.refused("verify", smf.folder, says="Is a directory")
    smf.refused("run", "/dev/null", says="seek")
    os.symlink("loop", os.path.join(smf.folder, "loop"))
    smf.refused("inspect", os.path.join(smf.folder, "loop"), says="symbolic links")


def a_module_for_another_machine(smf):
    other = patched(smf.read(R72), 7, "<B", 5)
    smf.refused("run", smf.write("other.smf", other), says="made for riscv32, this is")
    smf.refused("run", smf.write("platform.smf", patched(smf.read(R72), 6, "<B", 2)), says="platform")
    smf.refused("verify", smf.write("wasm.smf", patched(smf.read(R72), 7, "<B", 6)), says="no relocation rows")
    with open(smf.module("abi", "int main(void) { return 0; }\n"), "rb") as file:
        smf.refused("run", smf.write("abi3.smf", patched(file.read(), -128 + 104, "<I", 3)), says="calling convention")
    smf.refused("run", smf.module("library", "int f(void);\nint f(void) { return 1; }\n"), says="entry")


def wrong_usage(smf):
    for arguments in ((), ("nothing",), ("inspect",), ("inspect", "a", "b"), ("inspect", "--nothing", "a"), ("verify",),
                      ("run",), ("call",), ("call", "a"), ("call", "a", "b", "x"), ("call", "a", "b", "1x"), ("call", "a", "b", ""),
                      ("call", "a", "b", "18446744073709551616"), ("call", "a", "b", *"123456789"), ("build",),
                      ("prelink",), ("prelink", "a", "-o", "b"), ("prelink", "a", "--base", "code=1"),
                      ("prelink", "a", "-o", "b", "--base", "code=1,code=2"), ("prelink", "a", "-o", "b", "--base", "data=1"),
                      ("prelink", "a", "-o", "b", "--base", "code=1,"), ("prelink", "a", "-o", "b", "--base", "code=x"),
                      ("run", "--lib"), ("run", "--lib", "a"), ("run", "--libs", "a", "b"), ("call", "--path"),
                      ("watch",), ("watch", "--poll"), ("watch", "--every", "0", "a"), ("watch", "--once", "x", "a"),
                      ("watch", "--interval", "-1", "a"), ("watch", "--build", "make", "a"), ("watch", "--source", "a", "b"),
                      ("watch", "a", "b", "x"), ("watch", "a", "b", *"123456789"), ("watch", "--nothing", "a")):
        found = smf.run(*arguments)
        same((found.returncode, found.stdout), (2, b""), " ".join(arguments))
        same(found.stderr != b"", True, " ".join(arguments) + ": a hint")
    for verb in ("inspect", "verify", "run", "call", "watch", "instantiate", "build"):
        same(smf.run(verb, "--nothing", "a").stderr.decode(), f"smf: {verb}: unknown option --nothing; try smf {verb} --help\n", verb)
    same(smf.run("inspect", "--module").stderr.decode(), "smf: inspect: a name must follow --module; try smf inspect --help\n",
         "inspect --module")
    same(smf.run("nothing").stderr.decode().split("\n")[0], "smf: there is no verb 'nothing'", "nothing")
    for arguments in (("--help",), ("inspect", "--help"), ("verify", "--help"), ("run", "--help"), ("call", "--help"),
                      ("build", "--help"), ("prelink", "--help"), ("watch", "--help"), ("symbols", "--help"), ("instantiate", "--help")):
        same(smf.good(*arguments).startswith("usage: smf"), True, " ".join(arguments))


def a_full_disk_is_noticed(smf):
    with open("/dev/full", "wb") as full:
        found = subprocess.run([smf.program, "inspect", smf.sample(R72)], stdout=full, stderr=subprocess.PIPE, timeout=60)
    same((found.returncode, found.stderr), (1, b"smf: standard output: cannot be written\n"), "inspect")


def verify_several(smf):
    bad = smf.write("bad.smf", b"nothing")
    found = smf.run("verify", smf.sample(R72), bad, smf.sample(CANONICAL))
    same(found.returncode, 1, "status")
    same(found.stdout.decode().count(": good ("), 2, "good ones")
    same(found.stderr.decode().count("\n"), 1, "bad ones")
    smf.good("verify", smf.sample(R72), smf.sample(R96), smf.sample(CANONICAL))


def verify_finds_every_truncation(smf):
    """Cut from the end: a canonical file has its header there. From the start: every payload and table moves."""
    file = smf.read(CANONICAL)
    sizes = range(len(file))
    names = [smf.write(f"end{size}.smf", file[:size]) for size in sizes]
    names += [smf.write(f"start{size}.smf", file[size:]) for size in sizes if size != 0]
    for first in range(0, len(names), 200):
        group = names[first:first + 200]
        found = smf.run("verify", *group)
        same((found.returncode, found.stdout), (1, b""), "verify")
        same(found.stderr.decode().count("\n"), len(group), "lines")


def verify_finds_every_flipped_bit(smf):
    """module_hash sees every bit from the first payload to the header's end. Flipping CANONICAL makes it an older layout,
    in which some fields mean less: these, too, must not be called good without a warning about the hash."""
    file = smf.read(CANONICAL)
    names = []
    for bit in range(len(file) * 8):
        content = bytearray(file)
        content[bit // 8] ^= 1 << bit % 8
        names.append(smf.write(f"bit{bit}.smf", bytes(content)))
    good = []
    for first in range(0, len(names), 500):
        found = smf.run("verify", *names[first:first + 500])
        good += [line for line in found.stdout.decode().splitlines()]
    same(good, [], "files with one bit flipped that are called good")


def verify_finds_what_loading_finds(smf):
    """Without a hash, the records themselves speak."""
    file = patched(smf.read(CANONICAL), -128 + 60, "<Q", 0)
    rel, symbols = 80, 176 + 9 * 64
    for name, content, says in (
            ("type", patched(file, rel + 13, "<H", 9999), "no relocation type 0x270f"),
            ("unbound", patched(file, 128 + 13, "<H", 1), "no relocation type 1 for aarch64, 'other'"),
            ("place", patched(file, 152, "<Q", 9), "patches offset 9 of 0x10 bytes"),
            ("symbol", patched(file, 152 + 8, "<I", 3), "names symbol 3 of 3"),
            ("name", patched(file, symbols + 56, "<I", 5000), "its name lies at 0x1388"),
            ("hash", patched(file, symbols + 56 + 4, "<I", 1), "the name's hash is 0xc87d8df5, stored is 1"),
            ("settled", patched(file, rel + 16, "<q", 1 << 40), "does not fit")):
        smf.refused("verify", smf.write(name + ".smf", content), says=says)
    smf.good("verify", smf.write("none.smf", file))


def verify_finds_settled_bytes_that_lie(smf):
    """A loader that keeps the default layout skips settled records: their bytes have to be what the records say."""
    file = patched(patched(smf.read(CANONICAL), 8, "<I", 0x90000010), 0x3EC, "<Q", 0)
    smf.refused("verify", smf.write("unsettled.smf", file), says="settled relocations")


PRELINKED = """
extern int abs(int);
extern int atoi(const char *);
static int counter = 5;
static const char text[] = "hello";
const char *const names[] = {text, text + 1};
int (*const table[])(int) = {abs, abs};
int zeros[4];
int bump(int x) { counter += abs(x); zeros[1]++; return counter + names[1][0] + table[1](x) + atoi(text) + zeros[1]; }
"""


def prelink_applies_what_it_can(smf):
    """What needs no import is in the bytes; the note says where; what cannot be is refused."""
    module = smf.module("free", PRELINKED, "--cflags", "-O1 -fPIC -fno-asynchronous-unwind-tables -ffreestanding")
    out = os.path.join(smf.folder, "fixed.smf")
    base = "code=0x10000000,data=0x20000000,rodata=0x30000000"
    same(smf.good("prelink", "--base", base, "-o", out, module), "", "prelink")
    smf.good("verify", out)
    found = json.loads(smf.good("inspect", "--json", out))
    same("prelinked" in found["flags"], True, "flags")
    sections = [section["name"] for section in found["sections"]]
    imports = {index for index, symbol in enumerate(found["symbols"]) if symbol["section"] is None}
    same({relocation["symbol"] in imports for relocation in found["relocations"]}, {True}, "records that are left")
    file = smf.read(out)
    note = found["sections"][sections.index("note.prelink")]
    rows = dict(struct.unpack_from("<QQ", file, note["offset"] + 16 * i) for i in range(note["size"] // 16))
    same(rows[sections.index(".text")], 0x10000000, ".text")
    same(rows[sections.index(".data")], 0x20000000, ".data")
    same(rows[sections.index(".got")] >= 0x30000000, True, ".got")
    smf.refused("run", out, says="config.in_place")
    smf.refused("prelink", out, "--base", base, "-o", out + "2", says="not prelinked")
    smf.refused("prelink", module, "--base", "code=0x10000000", "-o", out, says="--base needs")
    smf.refused("prelink", module, "--base", "code=0x10000001,data=0x20000000,rodata=0x30000000", "-o", out, says="no multiple")
    smf.refused("prelink", module, "--base", "code=0x10000000,data=0x920000000,rodata=0x30000000", "-o", out, says="does not fit")
    smf.refused("prelink", smf.sample(R72), "--base", base, "-o", out, says="only a canonical file")
    smf.refused("verify", smf.write("bent.smf", patched(patched(file, note["offset"], "<I", 99), -128 + 60, "<Q", 0)), says="note.prelink")


def verify_finds_names_exported_twice(smf):
    """Also when others stand between them, and however many there are."""
    source = smf.write("many.c", b"".join(b"int f%d(void) { return %d; }\n" % (i, i) for i in range(50)))
    module = os.path.join(smf.folder, "many.smf")
    smf.good("build", "-o", module, source)
    file = patched(smf.read(module), -128 + 60, "<Q", 0)
    table, symbols, exported = struct.unpack_from("<QII", file, len(file) - 128 + 28)
    same(exported, 50, "exports")
    entry = [table + 56 * (symbols - exported + i) for i in range(exported)]
    for first, second in ((0, 49), (3, 20), (7, 8)):
        twice = patched(file, entry[second], "<8s", file[entry[first]:entry[first] + 8])
        smf.refused("verify", smf.write("twice.smf", twice), says="is exported twice")
    smf.good("verify", smf.write("once.smf", file))


CASES = [inspect_json_of_the_golden_file, inspect_json_of_real_files, inspect_escapes_names, inspect_text_says_the_same,
         run_and_call, run_a_source_and_keep_it,
         a_module_can_be_a_program, older_layouts_run_too, inspect_survives_flipped_bits, run_endings, missing_symbols_are_all_named, inputs_that_are_no_module,
         a_module_for_another_machine, wrong_usage, a_full_disk_is_noticed, verify_several, verify_finds_every_truncation,
         verify_finds_every_flipped_bit, verify_finds_what_loading_finds, verify_finds_settled_bytes_that_lie,
         verify_finds_names_exported_twice, prelink_applies_what_it_can]


def main(arguments, cases, usage):
    sanitized = arguments[:1] == ["--sanitized"]
    arguments = arguments[sanitized:]
    emulator = []
    while arguments[:1] == ["--emulator"]:
        emulator.append(arguments[1])
        arguments = arguments[2:]
    if len(arguments) < 2:
        print(usage.strip(), file=sys.stderr)
        return 2
    chosen = [case for case in cases if len(arguments) == 2 or case.__name__ in arguments[2:]]
    failed = 0
    for number, case in enumerate(chosen, 1):
        try:
            with tempfile.TemporaryDirectory() as folder:
                case(Command(arguments[0], arguments[1], folder, sanitized, emulator))
            print(f"ok {number} - {case.__name__}")
        except Skip as reason:
            print(f"ok {number} - {case.__name__} # SKIP {reason}")
        except (Failure, ValueError, KeyError, OSError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"not ok {number} - {case.__name__}\n#   {type(error).__name__}: {error}")
            print(f"#   rerun: {sys.argv[0]} {arguments[0]} {arguments[1]} {case.__name__}")
    print(f"1..{len(chosen)}\n# {len(chosen)} ran, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CASES, __doc__))
