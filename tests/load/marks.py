#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""smf/export.h with the compilers and linkers there are here: C and C++, unused sections dropped or not, sorted or not.

    marks.py SOURCE

TAP; exit status 1 if a case fails.
"""
import os
import subprocess
import sys
import tempfile

SOURCE = sys.argv[1]
INCLUDE = ["-I", f"{SOURCE}/core", "-I", f"{SOURCE}/core/include"]
CORE = [f"{SOURCE}/core/{name}.c" for name in ("load/table", "load/collect", "base/hash")]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wcast-qual", "-Werror"]
LANGUAGES = {"c": ("gcc", "clang"), "cpp": ("g++", "clang++")}
C_WARNINGS = ["-Wmissing-prototypes", "-Wstrict-prototypes"]
CPP_WARNINGS = ["-Wold-style-cast"]

# Nothing but the mark refers to the symbols of this file.
PART = {"c": r"""
#include "smf/export.h"
static int from_part(int v) { return v + 1; }
SMF_EXPORT(from_part);
static const int part_table[2] = {7, 8};
SMF_EXPORT_DATA(part_table);
""", "cpp": r"""
#include "smf/export.h"
namespace part {
int from_part(int v);
int from_part(int v) { return v + 1; }
SMF_EXPORT(from_part);
static const int part_table[2] = {7, 8};
SMF_EXPORT_DATA(part_table);
template <class T> T twice(T v) { return v + v; }
}
SMF_EXPORT_AS(_ZN4part5twiceIiEET_S1_, part::twice<int>, SMF_KIND_FUNCTION);
"""}
MAIN = {"c": r"""
#include <stdio.h>
#include "smf/export.h"
int zebra(int v);
""", "cpp": r"""
#include <cstdio>
#include "smf/export.h"
extern "C" int zebra(int v) noexcept;
"""}
MAIN_REST = r"""
int zebra(int v) NOEXCEPT { return v * 2; }
SMF_EXPORT_OPEN(zebra);
int level = 5;
SMF_EXPORT_DATA(level);
SMF_EXPORT_AS(renamed, zebra, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED);

int main(void)
{
    static uint32_t buckets[64];
    struct smf_exports table = {NULL, 0, NULL, 0};
#if defined(SMF_EXPORTS_SORTED)
    const int status = smf_exports_collect(&table, NULL, 0);
#else
    const int status = smf_exports_collect(&table, buckets, 64);
#endif
    printf("%d %u\n", status, table.count);
    for (uint32_t i = 0; i < table.count; i++)
        printf("%s %x %d\n", table.entries[i].name, table.entries[i].kind,
               (table.entries[i].kind & 3) == SMF_KIND_FUNCTION ? FUNCTION(table.entries[i].address)(20)
                                                                : *DATA(table.entries[i].address));
    return buckets[0] > 99;
}
"""
CASTS = {"c": ["-DFUNCTION(a)=((int(*)(int))(a))", "-DDATA(a)=((const int*)(a))", "-DNOEXCEPT="],
         "cpp": ["-DFUNCTION(a)=reinterpret_cast<int(*)(int)>(a)", "-DDATA(a)=reinterpret_cast<const int*>(a)",
                 "-DNOEXCEPT=noexcept"]}
WANTED = {"from_part": "1 21", "part_table": "2 7", "zebra": "81 40", "level": "2 5", "renamed": "81 40"}
ONLY_CPP = {"_ZN4part5twiceIiEET_S1_": "1 40"}

# What a linker script needs in order to sort; linker-scripts/sections.ld has the same for boards.
SORTS = """SECTIONS { .smf_exports_sorted : {
  __start_smf_exports = .; KEEP(*(SORT_BY_NAME(smf_exports.*))) __stop_smf_exports = .; } } INSERT AFTER .rodata;
"""

# Has to be refused by the compiler: (what, of which languages, text).
BAD = [
    ("an object as a function", "c cpp", "int thing; SMF_EXPORT(thing);"),
    ("a pointer as a function", "c", "int (*pointer)(int); SMF_EXPORT(pointer);"),
    ("a name twice in one file", "c cpp", "static int f(int v) { return v; } SMF_EXPORT(f); SMF_EXPORT_AS(f, f, SMF_KIND_FUNCTION);"),
    ("a mark in front of its symbol", "c cpp", "SMF_EXPORT(later); int later(int v) { return v; }"),
    ("no semicolon", "c cpp", "static int f(int v) { return v; } SMF_EXPORT(f) int g;"),
    ("an overloaded function", "cpp", "int f(int v); int f(char v); SMF_EXPORT(f);"),
]

failed = count = 0


def check(what, good, found=""):
    global failed, count
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        print(f"#   {found!r}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def core_objects(folder):
    objects = []
    for source in CORE:
        objects.append(os.path.join(folder, os.path.basename(source) + ".o"))
        done = run("gcc", "-O1", "-ffunction-sections", "-c", *INCLUDE, "-o", objects[-1], source)
        if done.returncode != 0:
            print(f"Bail out! {done.stderr}")
            sys.exit(1)
    return objects


def one_program(folder, language, compiler, options, objects):
    program = os.path.join(folder, "program")
    part = write(folder, f"part.{language}", PART[language])
    main = write(folder, f"main.{language}", MAIN[language] + MAIN_REST)
    warnings = WARNINGS + (C_WARNINGS if language == "c" else CPP_WARNINGS)
    done = run(compiler, *(["-std=c11"] if language == "c" else ["-std=c++11"]), *warnings, *CASTS[language], *INCLUDE, *options,
               "-o", program, main, part, *objects)
    what = " ".join([compiler, *[os.path.basename(word) for word in options]])
    if done.returncode != 0:
        check(what, False, done.stderr)
        return
    wanted = dict(WANTED, **(ONLY_CPP if language == "cpp" else {}))
    done = run(program)
    first, *rest = done.stdout.splitlines() or [""]
    lines = [f"{name} {does}" for name, does in sorted(wanted.items())]
    good = first == f"0 {len(wanted)}" and sorted(rest) == lines and (rest == lines or "-DSMF_EXPORTS_SORTED" not in options)
    check(what, done.returncode == 0 and good, (done.returncode, done.stdout))


def programs(folder):
    objects = core_objects(folder)
    script = write(folder, "sorts.ld", SORTS)
    for language, compilers in LANGUAGES.items():
        for compiler in compilers:
            for linker in ("bfd", "lld"):
                use = f"-fuse-ld={linker}"
                for options in (["-O0"], ["-O2", "-fno-pie", "-no-pie"],
                                ["-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"],
                                ["-O1", "-Wl,--gc-sections", "-DSMF_EXPORTS_SORTED", f"-Wl,-T,{script}"]):
                    one_program(folder, language, compiler, [use, *options], objects)
            one_program(folder, language, compiler, ["-O2", "-flto"], objects)


def refusals(folder):
    for what, languages, text in BAD:
        for language in languages.split():
            for compiler in LANGUAGES[language]:
                source = write(folder, f"bad.{language}", f'#include "smf/export.h"\n{text}\n')
                command = [compiler, "-Wall", "-Werror", *INCLUDE, "-c", "-o", os.path.join(folder, "bad.o"), source]
                done = run(*command)
                check(f"refused by {compiler}: {what}", done.returncode == 1 and "error:" in done.stderr, done.stderr)


def library(folder):
    """A shared library collects its own marks, and not those of the program that loads it."""
    objects = [f"-I{SOURCE}/core", f"-I{SOURCE}/core/include", *CORE]
    plugin = write(folder, "plugin.c", r"""
#include "smf/export.h"
static int inside(int v) { return v; }
SMF_EXPORT(inside);
unsigned plugin_marks(void);
unsigned plugin_marks(void) { return smf_exports_collected(); }
""")
    main = write(folder, "main.c", r"""
#include <stdio.h>
#include "smf/export.h"
unsigned plugin_marks(void);
static int one(int v) { return v; }
SMF_EXPORT(one);
static int two(int v) { return v; }
SMF_EXPORT(two);
int main(void) { printf("%u %u\n", (unsigned)smf_exports_collected(), plugin_marks()); }
""")
    shared, program = os.path.join(folder, "libplugin.so"), os.path.join(folder, "program")
    for linker in ("bfd", "lld"):
        built = run("gcc", f"-fuse-ld={linker}", "-shared", "-fPIC", "-o", shared, plugin, *objects)
        linked = run("gcc", f"-fuse-ld={linker}", "-o", program, main, shared, f"-Wl,-rpath,{folder}", *objects)
        done = run(program) if linked.returncode == 0 else linked
        check(f"a shared library, {linker}", done.stdout == "2 1\n", (built.stderr, done.stdout, done.stderr))


with tempfile.TemporaryDirectory() as place:
    programs(place)
    refusals(place)
    library(place)
print(f"1..{count}")
sys.exit(failed != 0)
