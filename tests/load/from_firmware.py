#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""smf-exports --from: a program is linked, a table is made of its symbols, and it is linked again with that table.

    from_firmware.py SMF_EXPORTS SMF_EXPORTS_WITHOUT_LIBELF SOURCE

TAP; exit status 1 if a case fails.
"""
import os
import random
import subprocess
import sys
import tempfile

TOOL, BARE_TOOL, SOURCE = sys.argv[1], sys.argv[2], sys.argv[3]
CORE = ["-I", f"{SOURCE}/core", "-I", f"{SOURCE}/core/include", f"{SOURCE}/core/load/table.c", f"{SOURCE}/core/base/hash.c"]
LINKERS = ("bfd", "lld")

# Asks its own table for each name that it is told, and uses what it finds.
FIRMWARE = r"""
#include <stdio.h>
#include <string.h>
#include "smf/hash.h"
#include "smf/load.h"
extern const struct smf_exports host_exports;
int led_set(int on) { return on + 100; }
int led_get(int on) { return on + 200; }
int led_level = 4;
const int led_steps[2] = {9, 10};
__attribute__((weak)) int led_weak(int on) { return on + 300; }
__attribute__((visibility("hidden"), used)) int led_hidden(int on) { return on; }
static __attribute__((used)) int led_private(int on) { return on; }
static int fast(int on) { return on + 600; }
static int (*pick(void))(int) { return fast; }
__attribute__((ifunc("pick"))) int led_fast(int on);
__thread int led_thread = 1;
int other(int on) { return on + 400; }
int unused(int on) { return on + 500; }
extern int raw;
extern int led_absent __attribute__((weak)); /* asked for, and nowhere */
__asm__(".data\n.globl raw\n.balign 4\nraw: .long 11\n.text\n");
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct smf_binding_request request = {.name = argv[i], .length = strlen(argv[i]), .hash = smf_hash_name(argv[i])};
        struct smf_binding_answer answer = {0};
        if (smf_exports_resolve((void *)(uintptr_t)&host_exports, &request, &answer) != SMF_OK)
            printf("%s none\n", argv[i]);
        else if (answer.kind == SMF_KIND_FUNCTION)
            printf("%s function %d\n", argv[i], ((int (*)(int))(uintptr_t)answer.address)(5));
        else
            printf("%s data %d\n", argv[i], *(const int *)(uintptr_t)answer.address);
    }
    return led_thread - 1 + raw - 11 + (&led_absent != NULL);
}
"""
ALL = {"led_fast": "function 605", "led_set": "function 105", "led_get": "function 205", "led_level": "data 4", "led_steps": "data 9",
       "led_weak": "function 305", "other": "function 405", "unused": "function 505", "raw": "data 11"}
NEVER = ["led_hidden", "led_private", "led_thread", "host_exports", "main"]

failed = count = 0


def check(what, good, found=""):
    global failed, count
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        print(f"#   {found!r}")


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


def must(*command):
    done = run(*command)
    if done.returncode != 0:
        print(f"Bail out! {' '.join(command)}: {done.stderr}")
        sys.exit(1)
    return done.stdout


class Folder:
    def __init__(self, path):
        self.path = path

    def __call__(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content):
        with open(self(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self(name)

    def read(self, name):
        with open(self(name), "rb") as file:
            return file.read()

    def link(self, name, table, *options, compiler="gcc"):
        must(compiler, "-O1", "-g", "-Wall", "-Wextra", "-Wno-missing-prototypes", "-ffunction-sections", "-fdata-sections", "-o",
             self(name), self.write("firmware.c", FIRMWARE), self(table), *CORE, *options)

    def table(self, name, *words, text=None):
        return run(TOOL, "-o", self(name), *words, text=text)


def offers(folder, program, wanted, what):
    """The program finds exactly the symbols `wanted`, and each does what it does."""
    names = list(ALL) + NEVER
    expected = "".join(f"{name} {ALL[name] if name in wanted else 'none'}\n" for name in names)
    done = run(folder(program), *names)
    check(what, done.returncode == 0 and done.stdout == expected, (done.returncode, done.stdout))


def two_links(folder, compiler, linker):
    words = ["--match", "led_*", folder.write("list", "other confined # not one of the pattern's\nraw data\n")]
    options = [f"-fuse-ld={linker}"]
    what = f"{compiler}, {linker}"
    must(TOOL, "--empty", "-o", folder("empty.c"))
    folder.link("first", "empty.c", *options, compiler=compiler)
    offers(folder, "first", [], f"{what}: the first link offers nothing")
    done = folder.table("one.c", "--from", folder("first"), *words)
    check(f"{what}: a table of its symbols", done.returncode == 0, done.stderr)
    folder.link("second", "one.c", *options, compiler=compiler)
    selected = [name for name in ALL if name != "unused"]
    offers(folder, "second", selected, f"{what}: the second link offers them")
    folder.table("two.c", "--from", folder("second"), *words)
    check(f"{what}: made again, the table is the same", folder.read("one.c") == folder.read("two.c"))
    folder.link("third", "one.c", *options, "-Wl,--gc-sections", "-no-pie", compiler=compiler)
    offers(folder, "third", selected, f"{what}: it keeps what it names")
    folder.table("three.c", "--from", folder("third"), *words)
    check(f"{what}: also from what --gc-sections left, the table is the same", folder.read("one.c") == folder.read("three.c"))


def left_out(folder):
    """What the first link has dropped cannot be offered; -u keeps it."""
    for linker in LINKERS:
        options = [f"-fuse-ld={linker}", "-Wl,--gc-sections"]
        for kept in (False, True):
            folder.link("first", "empty.c", *options, *(["-Wl,-u,unused"] if kept else []))
            done = folder.table("one.c", "--from", folder("first"), "-", text="unused\n")
            if not kept:
                check(f"{linker}: a symbol that was dropped", done.returncode == 1 and
                      f"-:1: {folder('first')} defines no global symbol unused" in done.stderr, done.stderr)
            else:
                folder.link("second", "one.c", *options)
                offers(folder, "second", ["unused"], f"{linker}: a symbol that -u kept")


SELECTIONS = [ # words, list, what is in the table
    (["--match", "led_?et"], "", ["led_get", "led_set"]),
    (["--match", "led_[a-l]*"], "", ["led_fast", "led_get", "led_level"]),
    (["--match", "led_set", "--match", "led_s*"], "", ["led_set", "led_steps"]),
    (["--match", "led_set"], "other\n", ["led_set", "other"]),
    (["--match", "led_set"], "led_set function confined\n", ["led_set"]), # in both: as the list says
    ([], "led_level\nled_steps data\nled_set function\n", ["led_level", "led_set", "led_steps"]),
    ([], "raw data\n", ["raw"]),
    (["--table", "led_level", "--match", "led_[ls]*"], "", ["led_set", "led_steps"]), # not itself
]
BAD_SELECTIONS = [ # words, list, what is said; {} is the firmware
    (["--match", "led_x*"], "", "{}: no global function or object matches 'led_x*'"),
    (["--match", "led_*", "--match", "*.nothing"], "", "{}: no global function or object matches '*.nothing'"),
    (["--match", "led_p*"], "", "no global function or object"), # static
    (["--table", "led_level", "--match", "led_l*"], "", "no global function or object"),
    (["--match", "led_h*"], "", "no global function or object"), # hidden
    (["--match", "led_t*"], "", "no global function or object"), # one for each thread
    (["--match", "raw"], "", "no global function or object"),
    (["--match", ""], "", "no global function or object"),
    ([], "led_set\nled_lost\n", "-:2: {} defines no global symbol led_lost"),
    ([], "led_absent data\n", "-:1: {} defines no global symbol led_absent"),
    ([], "printf\n", "-:1: {} defines no global symbol printf"), # another file's
    ([], "led_private\n", "-:1: {} defines no global symbol led_private"),
    ([], "led_thread data\n", "-:1: led_thread is neither a function nor an object in {}"),
    ([], "raw\n", "-:1: raw is neither"),
    ([], "raw function\n", "-:1: raw is neither"),
    ([], "led_level function\n", "-:1: led_level is an object in {}"),
    ([], "led_set data\n", "-:1: led_set is a function in {}"),
    ([], "led_level confined\n", "-:1: confined modules can be offered functions only"),
    ([], "led_set\nled_set\n", "a symbol stands twice: led_set"),
    ([], "host_exports\n", "a table cannot hold itself"),
    ([], "# nothing\n", "{}: no symbols"),
]


def selections(folder):
    folder.link("first", "empty.c")
    firmware = folder("first")
    for words, text, wanted in SELECTIONS:
        done = run(TOOL, "--from", firmware, *words, *(["-"] if text else []), text=text)
        found = [line.split('"')[1] for line in done.stdout.splitlines() if line.startswith('    {"')]
        check(f"{words} {text!r}", done.returncode == 0 and found == wanted, (found, done.stderr))
        check("... confined where the list says so", ("SMF_EXPORT_CONFINED" in done.stdout) == ("confined" in text), done.stdout)
    for words, text, says in BAD_SELECTIONS:
        done = run(TOOL, "--from", firmware, *words, *(["-"] if text else []), text=text)
        check(f"refused: {words} {text!r}", done.returncode == 1 and done.stdout == "" and
              done.stderr.startswith("smf-exports: ") and says.format(firmware) in done.stderr, done.stderr)


def bad_files(folder):
    must("gcc", "-c", "-o", folder("object.o"), "-x", "c", folder.write("one.c", "int led_one(void); int led_one(void) { return 1; }\n"))
    must("ar", "rc", folder("archive.a"), folder("object.o"))
    must("strip", "-o", folder("stripped"), folder("first"))
    elf = folder.read("first")
    for name, content, says in [
            ("nothing", b"", "not an ELF file"),
            ("text", b"int main;\n", "not an ELF file"),
            ("magic", b"\x7fELF", None),
            ("short", elf[:40], None),
            ("half", elf[:len(elf) // 2], None),
            ("object.o", None, "not linked: an executable is wanted"),
            ("archive.a", None, "not an ELF file"),
            ("stripped", None, "has no table of symbols: take the file before it is stripped"),
            ("not there", None, "No such file or directory"),
            (".", None, None)]:
        if content is not None:
            folder.write(name, content)
        done = run(TOOL, "--from", folder(name), "--match", "*")
        wanted = f"smf-exports: {folder(name)}: {says or ''}"
        check(f"a bad file: {name}", done.returncode == 1 and done.stdout == "" and done.stderr.startswith(wanted), done.stderr)
    done = run(BARE_TOOL, "--from", folder("first"), "--match", "*")
    check("without libelf", done.returncode == 1 and "was built without libelf" in done.stderr, done.stderr)
    done = run(BARE_TOOL, "-", text="led_set\n")
    check("without libelf, a list", done.returncode == 0 and done.stdout == run(TOOL, "-", text="led_set\n").stdout, done.stderr)


def damaged_files(folder):
    """One byte of the file's header or tables is another one: a table or a fault, never a crash."""
    elf, wrong, seed = folder.read("first"), [], 20261121
    numbers = random.Random(seed)
    sections = int.from_bytes(elf[40:48], "little")
    places = list(range(64)) + [numbers.randrange(sections, len(elf)) for _ in range(200)]
    for place in places:
        damaged = bytearray(elf)
        damaged[place] = numbers.randrange(256)
        done = run(TOOL, "--from", folder.write("damaged", bytes(damaged)), "--match", "led_*")
        if done.returncode not in (0, 1) or (done.returncode == 1) != (done.stderr != ""):
            wrong.append((place, damaged[place], done.returncode, done.stderr))
    check(f"{len(places)} damaged files (seed {seed})", not wrong, wrong)


def main():
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(path)
        for compiler in ("gcc", "clang"):
            for linker in LINKERS:
                two_links(folder, compiler, linker)
        left_out(folder)
        selections(folder)
        bad_files(folder)
        damaged_files(folder)
    print(f"1..{count}")
    return failed != 0


sys.exit(main())
