#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Instances of templates through the smf command: modules that use them simply run, and smf instantiate tells what it makes.

    instances.py [--sanitized] SMF GOLDEN [CASE...]     GOLDEN: tests/golden

TAP; exit status 1 if a case fails.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "command"))
import command
import forge
from command import same
from live import Watch

SAMPLES = os.path.join(HERE, "..", "templates")
HEADERS = os.path.join(HERE, "..", "..", "..", "core", "include")
make = None  # forge.golden()

# Sorts n points by their distance from 3 and answers the digits of what came out, and so for longs.
USER = """#include <smf/instance.h>
struct point { long x, y, z; };
static long far(const struct point *p) { return p->x > 3 ? p->x - 3 : 3 - p->x; }
static int compare(const void *a, const void *b) { return (far(a) > far(b)) - (far(a) < far(b)); }
SMF_TYPE(Point, struct point, .compare = compare);
SMF_INSTANCE(sort_points, "sort<Point>", void, (struct point *items, size_t count));
SMF_INSTANCE(reverse_points, "reverse<Point>", void, (struct point *items, size_t count));
SMF_INSTANCE(sum_longs, "sum<i64>", long, (const long *items, size_t count));
long digits(long n);
long total(long n);
long digits(long n)
{
    struct point points[8];
    long value = 0;
    for (long i = 0; i < n; i++)
        points[i] = (struct point){i, 0, 0};
    sort_points(points, (size_t)n);
    reverse_points(points, (size_t)n);
    for (long i = 0; i < n; i++)
        value = 10 * value + points[i].x;
    return value;
}
long total(long n)
{
    long numbers[8];
    for (long i = 0; i < n; i++)
        numbers[i] = i * i;
    return sum_longs(numbers, (size_t)n);
}
"""

# A use of one template for one type, that is a symbol of the module; it is called with n.
ONE = """#include <smf/instance.h>
SMF_TYPE(Plain, struct { char bytes[5]; });
SMF_INSTANCE(made, "%s", long, (void *item));
long f(long n);
long f(long n) { return made(&n); }
"""


def sample(name):
    return os.path.join(SAMPLES, name + ".c")


MADE = {}  # modules that were built before, by what they were built of: templates take a compilation for each shape


def content(path):
    with open(path, "rb") as file:
        return file.read()


def build(smf, name, *inputs, options=()):
    path = os.path.join(smf.folder, name + ".smf")
    key = (name, options, *(content(one) for one in inputs))
    if key not in MADE:
        smf.good("build", "-o", path, "--name", name, "--cflags", "-I" + HEADERS, *options, *inputs)
        MADE[key] = content(path)
    return smf.write(name + ".smf", MADE[key])


def library(smf):
    return build(smf, "lib", *(sample(name) for name in ("sort", "swap", "reverse", "sum", "vec", "map")))


def user(smf, name="user", source=USER):
    return build(smf, name, smf.write(name + ".c", source))


def asked(smf, *arguments):
    return json.loads(smf.good("instantiate", "--json", *arguments))


# ---- Modules with uses ------------------------------------------------------------------------------------


def uses_simply_work(smf):
    lib, app = library(smf), user(smf)
    found = smf.good("call", "--lib", lib, app, "digits", "6").strip()
    distances = [abs(int(digit) - 3) for digit in found.zfill(6)]
    same((sorted(found.zfill(6)), distances), (list("012345"), sorted(distances, reverse=True)), "points")
    same(smf.good("call", "--lib", lib, app, "total", "5"), "30\n", "numbers")
    main = build(smf, "main", smf.write("main.c", USER + "int main(int argc, char **argv)\n{ (void)argv; return (int)total(argc); }\n"))
    same(smf.run("run", "--lib", lib, main, "a", "b", "c").returncode, 14, "smf run")


def uses_of_the_samples(smf):
    """The sample user of tests/generic/templates, which checks itself."""
    lib, app = library(smf), build(smf, "user", sample("user"))
    for name in ("check_sort", "check_map", "check_vec", "check_numbers"):
        same(smf.good("call", "--lib", lib, app, name), "0\n", name)


def out_of_libraries_and_folders(smf):
    """A module by its name, which uses templates of another one of the same place."""
    mods = os.path.join(smf.folder, "mods")
    os.mkdir(mods)
    lib = library(smf)
    app = build(smf, "user", smf.write("user.c", USER), options=("--needs", "lib"))
    archive = os.path.join(smf.folder, "all.lsm")
    smf.good("ar", "create", archive, lib, app)
    same(smf.good("call", "--lib", archive, "user", "total", "4"), "14\n", "library")
    for path in (lib, app):
        os.rename(path, os.path.join(mods, os.path.basename(path)))
    same(smf.good("call", "--path", mods, "user", "total", "4"), "14\n", "folder")
    same(smf.good("call", "--path", mods, "--lib", "lib", "user", "total", "4"), "14\n", "--lib NAME")
    told = asked(smf, "--lib", archive, "user", "sort<Point>")
    same((told[0]["symbol"], sorted(told[0]["made_of"])), ("sort$Point", ["lib", "user"]), "instantiate by name")


def out_of_sources(smf):
    """A template and its user as they were written, each built and kept under a name of its own, whatever the compiler is called."""
    template = smf.write("sum.c", content(sample("sum")))
    app = smf.write("total.c", ONE.replace("made(&n)", "made(&n, 1)").replace("(void *item)", "(void *item, size_t count)") % "sum<i64>")
    cache = os.path.join(smf.environment["XDG_CACHE_HOME"], "smf")
    same(smf.good("call", "--lib", template, app, "f", "5"), "5\n", "built")
    kept = {name: os.stat(os.path.join(cache, name)).st_mtime_ns for name in os.listdir(cache)}
    same(len(kept), 4, "two modules, each with its debug information")
    same(smf.good("call", "--lib", template, app, "f", "6"), "6\n", "kept")
    same({name: os.stat(os.path.join(cache, name)).st_mtime_ns for name in os.listdir(cache)}, kept, "what is kept")
    found = smf.run("call", "--lib", template, app, "f", "7", CC="cc '-DWORDS=a b'")
    same((found.returncode, found.stdout), (0, b"7\n"), f"with words that keep blanks ({found.stderr})")


def watching_a_user(smf):
    """The module that uses an instance changes, and then uses another one."""
    lib = library(smf)
    app = build(smf, "app", smf.write("app.c", USER), options=("--reloadable",))
    with Watch(smf, "--once", "1", "--lib", lib, app, "total", "5") as watch:
        watch.result("30")
        newer = build(smf, "newer", smf.write("app.c", USER.replace("i * i", "i * i * i")), options=("--reloadable", "--name", "app"))
        os.rename(newer, app)
        watch.note("app.smf: reloaded, version 2")
        watch.result("100")
        watch.ended()


def watching_a_library(smf):
    """Its templates change: who is bound goes on with what it has, and a new version of the user has the new ones."""
    text = content(sample("sum")).decode()
    small = USER[:USER.index("SMF_INSTANCE(sort")] + USER[USER.index("SMF_INSTANCE(sum"):USER.index("long digits(long n)\n{")]
    small += USER[USER.index("long total(long n)\n{"):].replace("long digits(long n);\n", "")
    small = small.replace("static int compare", "int compare")
    lib = build(smf, "lib", sample("sum"), options=("--reloadable",))
    app = build(smf, "app", smf.write("app.c", small), options=("--reloadable",))
    newer = build(smf, "newer", smf.write("sum.c", text.replace("total + items[i]", "total + 2 * items[i]")),
                  options=("--reloadable", "--name", "lib"))
    other = build(smf, "other", smf.write("app.c", small.replace("i * i", "i")), options=("--reloadable", "--name", "app"))
    with Watch(smf, "--once", "2", "--lib", lib, app, "total", "5") as watch:
        watch.result("30")
        os.rename(newer, lib)
        watch.note("lib.smf: reloaded, version 2")
        watch.result("30")
        os.rename(other, app)
        watch.note("app.smf: reloaded, version 2")
        watch.result("20")
        watch.ended()


def what_cannot_be_made_does_not_load(smf):
    lib = library(smf)
    circle = build(smf, "circle", sample("ping"), sample("pong"))
    grow = build(smf, "grow", sample("grow"))
    for name, other, says in (("nothing<i64>", lib, "nothing$i64"), ("sort<i64, i64>", lib, "2 types"), ("sort<Ghost>", lib, "Ghost"),
                              ("sort<Plain>", lib, "T = Plain"), ("sum<Plain>", lib, "T = Plain"),
                              ("ping<i64>", circle, "ping->pong->ping"), ("grow<i64>", grow, "Maximum JIT depth 50 exceeded")):
        app = user(smf, "app", ONE % name)
        smf.refused("call", "--lib", other, app, "f", "1", shown=app, says=says)


def a_template_that_is_nowhere_is_named(smf):
    """Whoever forgets --lib is told; of other names nothing is said."""
    app = user(smf)
    line = smf.refused("call", app, "digits", "3", shown=app, says="nobody has 'sort$Point'")
    same(line.endswith("; if that is an instance, --lib has to name the module with template 'sort'\n"), True, line)
    same("; nor have 'reverse$Point', 'sum$i64';" in line, True, line)
    plain = build(smf, "plain", smf.write("plain.c", "long absent(long);\nlong f(long n);\nlong f(long n) { return absent(n); }\n"))
    same("instance" in smf.refused("call", plain, "f", "1", shown=plain, says="nobody has 'absent'"), False, "another name")


def a_template_cannot_be_called(smf):
    lib = library(smf)
    smf.refused("call", lib, "sort", "1", shown=lib, says="'sort' is a template: nothing that can be called before it has types")
    smf.refused("call", lib, "nothing", "1", shown=lib, says="exports no 'nothing'")


def modules_without_templates(smf):
    """Nothing about them changes."""
    app = user(smf, "app", "long f(long n);\nlong f(long n) { return n + 1; }\n")
    same(smf.good("call", app, "f", "41"), "42\n", "call")
    smf.refused("instantiate", app, "sort<i64>", shown=app, says="there is no template 'sort'")
    same(smf.good("instantiate", "--all", app), "", "no use")
    same(smf.good("instantiate", "--json", "--all", app), "[]\n", "no use")


# ---- smf instantiate ----------------------------------------------------------------------------------------


def what_is_made(smf):
    lib, app = library(smf), user(smf)
    found = asked(smf, "--lib", lib, app, "sort<Point>", "sort<i64>", "reverse<u8>", "vec_push<Point>", "sort<f64>")
    same([(it["instance"], it["symbol"], it["unit"]["shape"]) for it in found if it["symbol"] != "reverse$u8"],
         [("sort<Point>", "sort$Point", ["plain:24:8"]), ("sort<i64>", "sort$i64", ["i64"]),
          ("vec_push<Point>", "vec_push$Point", ["plain:24:8"]), ("sort<f64>", "sort$f64", ["f64"])], "units")
    for it in found:
        same((it["compiler"], it["shared"], it["rounds"] >= 5, 0 < it["nanoseconds"] <= it["first_nanoseconds"] * 100), (None, False, True, True),
             it["symbol"])
        same(it["size"] >= it["unit"]["size"] and int(it["address"], 16) != 0, True, "size and address of " + it["symbol"])
    same([sorted(it["made_of"]) for it in found[:2]], [["lib", "user"], ["lib"]], "made of")
    same([hole["name"] for hole in found[0]["unit"]["holes"]], ["compare"], "holes of sort<Point>")
    same(found[1]["unit"]["holes"] + found[1]["unit"]["imports"], [], "holes of sort<i64>")


def what_inspect_says_is_what_is_made(smf):
    """The unit of an instance is one of those that inspect lists, field by field."""
    lib, app = library(smf), user(smf)
    units = {it["name"]: it["units"] for it in json.loads(smf.good("inspect", "--json", lib))["templates"]}
    for it in asked(smf, "--lib", lib, app, "sort<Point>", "sort<i16>", "sum<i64>", "swap<Point>"):
        same(it["unit"] in units[it["symbol"].split("$")[0]], True, it["symbol"])


def every_use_of_a_file(smf):
    lib, app = library(smf), user(smf)
    uses = [row["mangled_name"] for row in json.loads(smf.good("inspect", "--json", app))["sdn"]["possible"]]
    same(sorted(uses), ["reverse$Point", "sort$Point", "sum$i64"], "listed")
    same([it["symbol"] for it in asked(smf, "--lib", lib, "--all", app)], uses, "made")
    same([it["symbol"] for it in asked(smf, "--lib", lib, app, "sort$Point")], ["sort$Point"], "by its symbol")


def in_text(smf):
    lib, app = library(smf), user(smf)
    told = smf.good("instantiate", "--lib", lib, app, "sort<Point>", "sort<i64>")
    lines = [re.sub(r"0x[0-9a-f]+|\d+\.\d+|of \d\d+", "#", " ".join(line.split())) for line in told.splitlines()]
    same(lines[0:3] + lines[4:5] + lines[5:8], ["sort<Point>", "symbol sort$Point", "address #", lines[4], "hole compare of T",
                                                "made of lib, user", "took # microseconds, the median #; # the first time"], "first")
    same(lines[4].startswith("unit plain:24:8: ") and lines[4].endswith(" relocations"), True, lines[4])
    same((lines[8:10], lines[-2]), (["sort<i64>", "symbol sort$i64"], "made of lib"), "second")


def compilers(smf):
    """Source that comes with a template: --debug and --release where they are, and what is demanded."""
    lib, app = build(smf, "lib", *(sample(name) for name in ("sort", "swap", "reverse", "sum")), options=("--template-source",)), user(smf)
    same(asked(smf, "--lib", lib, "--fixed-be", "native", app, "sort<Point>")[0]["compiler"], None, "native")
    smf.refused("instantiate", "--fixed-be", "cranelift", app, "sort<Point>", shown=app, says="cranelift")
    for options, names in ((("--debug",), ("libtcc",)), (("--release",), ("clang", "gcc")), (("--fixed-be", "c", "--debug"), ("libtcc",)),
                           (("--fixed-be", "c"), ("gcc",))):
        found = smf.run("instantiate", "--json", "--lib", lib, *options, app, "sort<Point>")
        if found.returncode != 0: # it is not here
            same(options[0], "--fixed-be", f"{options} may not fail: {found.stderr}")
            continue
        it = json.loads(found.stdout)[0]
        if it["compiler"] is None:
            same(options[0] != "--fixed-be", True, f"{options} takes units")
            continue
        same((it["compiler"] in names, it["unit"]["shape"], it["symbol"]), (True, ["plain:24:8"], "sort$Point"), str(options))
        # a unit for just this type is not compiled anew: a demand that cannot be met
        if options[0] == "--fixed-be":
            smf.refused("instantiate", "--lib", lib, *options, app, "sort<i64>", shown=app, says=f"sort: not {it['compiler']}'s code")


def what_cannot_be_made_is_told(smf):
    """One line for each, and the others are made."""
    lib, app = library(smf), user(smf)
    opaque = smf.write("opaque.smf", forge.module(make, [(b"t", forge.TEMPLATE_CODE, forge.gtpl(1, [forge.brief(0, "fold", 1)]))]))
    circle = build(smf, "circle", sample("ping"), sample("pong"))
    grow = build(smf, "grow", sample("grow"))
    def refuse(name, says, *options):
        smf.refused("instantiate", "--lib", lib, *options, app, name, shown=app, says=name + ": " + says)
    refuse("nothing<i64>", "there is no template 'nothing'")
    refuse("sort<i64,i64>", "template 'sort' is given 2 types, it has 1 parameters")
    refuse("sort<Ghost>", "sort: T = Ghost")
    refuse("map_put<Point,i64>", "map_get: K = Point")  # the template is named by its first function
    refuse("sum<Point>", "sum: T = Point")
    refuse("sort$Nobody", "")
    refuse("sort<", "'sort<' does not spell types, or they are too deep")
    refuse("fold<i64>", "", "--lib", opaque)
    refuse("ping<i64>", "Circular dependency: ping->pong->ping", "--lib", circle)
    refuse("grow<i64>", "Maximum JIT depth 50 exceeded", "--lib", grow)
    found = smf.run("instantiate", "--json", "--lib", lib, app, "sort<Ghost>", "sort<i64>", "no<i8>")
    same((found.returncode, [it["symbol"] for it in json.loads(found.stdout)], found.stderr.count(b"\n")), (1, ["sort$i64"], 2), "others")


def wrong_usage(smf):
    for arguments in ((), ("--all",), ("x.smf",), ("--all", "x.smf", "sort<i64>"), ("--what", "x.smf", "f<i8>"), ("--lib",), ("--fixed-be",),
                      ("--fixed-be", "what", "x.smf", "f<i8>"), ("--debug", "--release", "x.smf", "f<i8>")):
        found = smf.run("instantiate", *arguments)
        same((found.returncode, found.stdout), (2, b""), " ".join(arguments))
    same(smf.good("instantiate", "--help").startswith("usage: smf instantiate "), True, "help")
    smf.refused("instantiate", os.path.join(smf.folder, "none.smf"), "f<i8>", says="No such file")


CASES = [uses_simply_work, uses_of_the_samples, out_of_libraries_and_folders, out_of_sources, watching_a_user, watching_a_library,
         what_cannot_be_made_does_not_load,
         a_template_that_is_nowhere_is_named, a_template_cannot_be_called, modules_without_templates, what_is_made,
         what_inspect_says_is_what_is_made, every_use_of_a_file, in_text, compilers, what_cannot_be_made_is_told, wrong_usage]

if __name__ == "__main__":
    make = forge.golden()
    sys.exit(command.main(sys.argv[1:], CASES, __doc__))
