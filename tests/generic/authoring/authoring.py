#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Templates through `smf build`, case by case. authoring.py SMF PATCH_UNIT MAKE_INSTANCE [CASE][:COMPILER]; prints TAP.

Sections, symbols and notes are read by gtpl.py and smf_file.py, not by the library under test; units with their holes filled,
by MAKE_INSTANCE (the instantiator) and by PATCH_UNIT (the rows of the core alone), are compared with what GNU ld makes.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/build"), os.path.join(ROOT, "tests/harness")]
import build as B  # noqa: E402
import gtpl as G  # noqa: E402
import smf_file as F  # noqa: E402
from build import check, equal  # noqa: E402
from elf import Elf  # noqa: E402

SAMPLES = os.path.join(ROOT, "tests/generic/templates")
INCLUDE = os.path.join(ROOT, "core/include")
ALL = ["swap", "sum", "sort", "reverse", "vec", "map", "describe", "ping", "pong", "grow"]
# What a template is compiled with: the table of docs/GENERICS.md, written down a second time.
COMMON = ("-ffreestanding -fvisibility=hidden -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables "
          "-fno-exceptions ")
FLAGS = {"x86_64": "-O2 -fPIC", "aarch64": "-O2 -fPIC -mcmodel=tiny -mno-outline-atomics",
         "riscv64": "-Os -fPIC -mno-relax", "riscv32": "-Os -fPIC -mno-relax", "arm": "-Os -fno-pic",
         "armv8m": "-Os -fno-pic", "armv6m": "-Os -fno-pic -fno-jump-tables"}
B.COMPILERS["armv8m-gcc"] = ("arm-none-eabi-gcc -mthumb -mcpu=cortex-m33", "arm-none-eabi-ld", "", "arm-none-eabi-ar")
B.COMPILERS["armv6m-clang"] = ("clang --target=arm-none-eabi -mthumb -mcpu=cortex-m0", "arm-none-eabi-ld", "",
                               "arm-none-eabi-ar")
B.ARCH["armv8m"] = F.ARM
SLOTTED = {F.X86_64: {9, 41, 42}, F.AARCH64: {309, 311, 312}, F.RISCV64: {20}, F.RISCV32: {20}, F.ARM: {96}}
CALLED = {F.X86_64: {4}, F.AARCH64: {282, 283}, F.RISCV64: {18, 19}, F.RISCV32: {18, 19}, F.ARM: {10, 30, 51}}


class Bench(B.Bench):
    patch = make = ""

    def words(self, *flags):
        return ["--cc", self.driver, "--cflags", " ".join(["-ffreestanding", "-I" + INCLUDE, *flags])]

    def sample(self, *names):
        return [os.path.join(SAMPLES, name + ".c") for name in names]

    def templates(self, *arguments, output="out.smf", flags=()):
        """Build; the module, its templates by name."""
        module = self.build(*self.words(*flags), *arguments, output=output)
        section = module.section(".template.code")
        return module, {} if section is None else G.read_section(section.bytes)

    def units(self, *arguments, **named):
        """Of the only template that they make."""
        found = self.templates(*arguments, **named)[1]
        equal(len(found), 1, "templates")
        return list(found.values())[0][1].units

    def source(self, name, text):
        return self.write(name + ".c", "#include <smf/generic.h>\n" + text)

    def wrong(self, text, *words, name="wrong", flags=(), also=()):
        """A template that must be refused with all these words; the compiler may speak, too."""
        path = self.source(name, text)
        result = self.run("-o", self.path("refused.smf"), *self.words(*flags), path, *also)
        equal(result.returncode, 1, f"exit status of {words}")
        last = result.stderr.strip().split("\n")[-1]
        check(last.startswith("smf: "), f"not told by smf: {result.stderr!r}")
        for word in words:
            check(word in last, f"{word!r} is not in {last!r}")
        check(not os.path.exists(self.path("refused.smf")), "a file was written")

    def object_of(self, name, shape, output=None):
        """A sample's object by hand, with the flags of the table."""
        output = self.path(output or "hand.o")
        flags = FLAGS[self.name.split("-")[0]] + " " + COMMON + " ".join(shape)
        self.must(f"{self.driver} -I{INCLUDE} {flags} -c {SAMPLES}/{name}.c -o {output}")
        return output


def fixed(size, alignment, letter="T"):
    return (f"-DSMF_SHAPE_{letter}=fixed", f"-DSMF_SIZE_{letter}={size}", f"-DSMF_ALIGN_{letter}={alignment}")


def sections_and_symbols(bench):
    """A TemplateCode section of records, TemplateMeta, and a symbol for each function of each template."""
    module, found = bench.templates(*bench.sample(*ALL))
    equal([r.exports[0][0] for _, r in found.values()], ["swap", "sum", "sort", "reverse", "vec_push", "map_get", "describe",
                                                         "ping", "pong", "grow"], "templates")
    index = [s.name for s in module.sections].index(".template.code")
    equal(module.sections[index].type, 12, "section type")
    at = 0
    for offset, record in found.values():
        for name, _ in record.exports:
            symbol = module.symbol(name)
            raw = symbol_bytes(module, name)
            equal((symbol.type, symbol.binding, symbol.section, symbol.flags), (0, F.GLOBAL, index, 0x10), f"symbol {name}")
            equal((raw[40], struct.unpack_from("<Q", raw, 48)[0]), (len(record.parameters), offset), f"template of {name}")
            size = struct.unpack_from("<I", module.sections[index].bytes, offset)[0]
            equal((symbol.value, symbol.size), (offset + 4, size), f"place of {name}")
        at += 1
    meta = G.read_meta(module.section(".template.meta").bytes)
    equal(meta, ((10, 0, 0, 0), [(r.exports[0][0], 0) for _, r in found.values()]), "TemplateMeta")
    return None


def symbol_bytes(module, name):
    """Its 56 bytes."""
    header = module.bytes[-128:]
    _, _, symbols, count, _ = struct.unpack_from("<IQQII", header, 16)
    names = module.base + symbols + 56 * count
    for i in range(count):
        raw = module.bytes[module.base + symbols + 56 * i:][:56]
        if module._name(names + struct.unpack_from("<I", raw)[0]) == name:
            return raw
    raise B.Failed(f"no symbol {name}")


def signatures_and_bounds(bench):
    found = {name: record for name, (_, record) in bench.templates(*bench.sample(*ALL))[1].items()}
    equal(found["sort"].exports, [("sort", ["(*T, usize) -> void"])], "sort")
    equal(found["sort"].parameters, [("T", 4)], "parameters of sort")
    equal(found["vec_push"].exports[2], ("vec_at", ["(*Vec<T>, usize) -> *T"]), "vec_at")
    equal(found["vec_push"].parameters, [("T", 1 | 2)], "bounds of all functions of vec")
    equal(found["map_get"].parameters, [("K", 1 | 8 | 16), ("V", 1 | 2)], "parameters of map")
    equal(found["map_get"].exports[0][1], ["(*Map<K, V>, *K) -> *V"], "map_get")
    equal(found["reverse"].needs, [("swap", ["T"])], "needs of reverse")
    equal(found["grow"].needs, [("grow", ["*T"])], "needs of grow")
    equal(found["describe"].exports, [("describe", ["(*T, i32) -> *u8"])], "describe")
    return None


def shapes_that_compile(bench):
    """The usual ones, those that SMF_SHAPES names, and never one that the source is too much for."""
    found = {name: record for name, (_, record) in bench.templates(*bench.sample("sort", "sum", "map"))[1].items()}
    sort = {unit.label() for unit in found["sort"].units}
    check({"i32", "i64", "f32", "f64", "plain:24:8", "any"} <= sort, f"shapes of sort: {sort}")
    check(sort <= {"i32", "i64", "f32", "f64", "plain:4:4", "plain:8:8", "plain:16:8", "plain:24:8", "any"}, f"{sort}")
    equal({unit.label() for unit in found["sum"].units}, {"i32", "i64", "f32", "f64", "u8", "i16"}, "shapes of sum")
    maps = {unit.label() for unit in found["map_get"].units}
    check({"i64,i64", "i32,i32", "i64,any", "any,any"} <= maps, f"shapes of map: {maps}")
    return None


def equal_units_are_dropped(bench):
    """None equals the next more general one, and what was dropped is equal to it: compared with objects made one by one."""
    for name in ("swap", "sort", "reverse", "describe"):
        units = bench.units(*bench.sample(name))
        for i, unit in enumerate(units):
            wider = [u for u in units[i + 1:] if G.covers(u, unit)]
            check(not wider or wider[0].facts() != unit.facts(), f"{name}: {unit.label()} equals {wider and wider[0].label()}")
        for shape, flags in (("plain:4:4", fixed(4, 4)), ("plain:8:8", fixed(8, 8)), ("plain:16:8", fixed(16, 8))):
            alone = bench.units(bench.object_of(name, flags), output="alone.smf")
            equal([u.label() for u in alone], [shape], "shape of an object")
            chosen = next(u for u in units if G.covers(u, alone[0]))
            equal(chosen.facts(), alone[0].facts(), f"{name}: what a type of {shape} gets")
    return None


def holes_are_classified(bench):
    found = {name: record for name, (_, record) in bench.templates(*bench.sample(*ALL))[1].items()}
    sort = found["sort"].units[-1]
    equal(sort.label(), "any", "the last unit of sort")
    kinds = {(kind, name) for kind, _, name, _, _ in sort.symbols}
    check({(G.NUMBER, "size"), (G.FUNCTION, "compare")} <= kinds, f"holes of sort: {kinds}")
    check(all(kind in (G.NUMBER, G.FUNCTION, G.IMPORT) for kind, _ in kinds), f"holes of sort: {kinds}")
    typed = next(u for u in found["sort"].units if u.label() == "i32")
    equal((typed.symbols, typed.relocations), ([], []), "what sort<i32> wants")
    vec = {(kind, name) for kind, _, name, _, _ in found["vec_push"].units[-1].symbols}
    check({(G.FUNCTION, "copy"), (G.FUNCTION, "drop"), (G.NUMBER, "plain")} <= vec, f"holes of vec: {vec}")
    pairs = {(kind, parameter, name) for kind, parameter, name, _, _ in found["map_get"].units[-1].symbols}
    check({(G.FUNCTION, 0, "hash"), (G.FUNCTION, 0, "equal"), (G.FUNCTION, 1, "drop"), (G.NUMBER, 1, "size"),
           (G.NUMBER, 0, "size")} <= pairs, f"holes of map: {pairs}")
    needs = {(kind, name) for kind, _, name, _, _ in found["reverse"].units[-1].symbols}
    check((G.NEED, "swap") in needs, f"needs of reverse: {needs}")
    for record in found.values():
        for unit in record.units:
            flags_follow_relocations(bench, unit)
    return None


def flags_follow_relocations(bench, unit):
    offsets = [offset for offset, *_ in unit.relocations]
    equal(offsets, sorted(offsets), "order of relocations")
    for index, (kind, _, name, called, slot) in enumerate(unit.symbols):
        types = {kind for _, kind, symbol, _ in unit.relocations if symbol == index}
        check(types, f"{name} is named by nothing")
        equal((called, slot), (bool(types & CALLED[bench.arch]), bool(types & SLOTTED[bench.arch])), f"flags of {name}")
        check(kind != G.NUMBER or not (called or slot), f"{name} is a number")


def constants_come_along(bench):
    """Texts, tables and own functions lie in the unit; nothing of it is an import."""
    units = bench.units(*bench.sample("describe"))
    check(b"packed\0" in units[-1].code and b"nowhere\0" in units[-1].code, "texts")
    for unit in units:
        equal([s for s in unit.symbols if s[0] != G.NUMBER], [], "symbols")
    check(any(symbol == G.SELF for _, _, symbol, _ in units[-1].relocations), "no address of the unit's own")
    return None


def hands_and_sources_agree(bench):
    """The flags of the table, by hand, give the units that smf build makes."""
    for name, flags in (("sort", ("-DSMF_SHAPE_T=i64",)), ("sort", ()), ("vec", fixed(24, 8)), ("swap", ("-DSMF_SHAPE_T=f64",))):
        alone = bench.units(bench.object_of(name, flags), output="alone.smf")[0]
        made = next(u for u in bench.units(*bench.sample(name)) if G.covers(u, alone))
        equal(alone.facts(), made.facts(), f"{name} for {alone.label()}")
    return None


def objects_join(bench):
    """Several objects of one template are its units; each shape once, all with one declaration."""
    first = bench.object_of("sort", (), "any.o")
    second = bench.object_of("sort", ("-DSMF_SHAPE_T=i64",), "i64.o")
    equal([u.label() for u in bench.units(first, second)], ["i64", "any"], "units")
    again = bench.object_of("sort", (), "again.o")
    bench.refuse("'sort' is here for any already", arguments=[*bench.words(), first, again])
    other = bench.source("other", 'SMF_TEMPLATE("sort<T>(*T)");\nvoid sort(smf_T *a);\nvoid sort(smf_T *a) { (void)a; }\n')
    bench.must(f"{bench.driver} -I{INCLUDE} {FLAGS[bench.name.split('-')[0]]} {COMMON} -c {other} -o {bench.path('other.o')}")
    bench.refuse("'sort' is declared in another way than in", arguments=[*bench.words(), first, bench.path("other.o")])
    return None


def levels_join(bench):
    """Of one shape for several processors, the one that needs most stands first; what is built in is the one that all take."""
    if bench.arch != F.X86_64:
        return "for x86-64"
    small = bench.object_of("sort", ("-DSMF_SHAPE_T=i64",), "small.o")
    large = bench.object_of("sort", ("-DSMF_SHAPE_T=i64", "-march=x86-64-v3", "-O3"), "large.o")
    user = bench.write("builds.c", '#include <smf/instance.h>\nSMF_INSTANTIATE("sort<i64>");\n')
    alone = bench.build(*bench.words(), small, user).section(".text").bytes
    check(alone != bench.build(*bench.words(), large, user).section(".text").bytes, "the levels make no difference")
    for inputs in ((small, large), (large, small)):
        module, found = bench.templates(*inputs, user)
        equal([u.features for u in found["sort"][1].units], [2, 0], "levels in their order")
        equal(module.section(".text").bytes, alone, "what is built in")
    return None


def users_name_instances(bench):
    """Imports get the mangled names, types get symbols, note.sdn a row for each use."""
    module, found = bench.templates(*bench.sample("user"))
    equal(found, {}, "templates")
    wanted = {"sort$Point", "reverse$Point", "map_get$Point_Name", "map_put$Point_Name", "vec_push$Name", "vec_clear$Name",
              "sort$i64", "sum$f64"}
    names = {s.name for s in module.imports()}
    check(wanted <= names, f"imports: {names}")
    check(not {"sort_points", "push_name"} & names, f"imports: {names}")
    note = G.read_note(module.section("note.sdn").bytes)
    rows = {r["mangled_name"]: r for r in note["possible"]}
    equal(set(rows), wanted, "possible")
    equal(rows["map_get$Point_Name"]["template"] + "/" + rows["map_get$Point_Name"]["type_args"], "map_get/Point,Name", "a row")
    equal((rows["sort$i64"]["required_by"], rows["sort$i64"]["can_defer"]), ("out", "true"), "a row")
    equal((note["instantiations"], note["dependencies"]), ([], []), "other rows")
    check(module.flags & 0x20, "the header does not say that there is a note")
    for name, size, kind in (("Point", 24, 1), ("Name", 2 * F.POINTER[bench.arch][0], 0)):
        symbol = module.symbol(name)
        section = module.sections[symbol.section]
        equal((symbol.type, symbol.binding, symbol.size, section.type), (2, F.WEAK, 56 if F.POINTER[bench.arch][0] == 8 else 32,
                                                                        F.RODATA), f"symbol {name}")
        descriptor = section.bytes[symbol.value:][:8]
        equal(struct.unpack("<IBBBB", descriptor)[:2] + (descriptor[6],), (size, 1, kind), f"descriptor of {name}")
    check(not any(s.name.startswith("smf_type_") for s in module.symbols), "the descriptor has a second name")
    return None


def types_of_all_kinds(bench):
    """Descriptors without operations, of numbers, of constructed types; as strict C11."""
    path = bench.write("kinds.c", """#include <smf/instance.h>
struct pair { short a, b; };
struct vec { void *items; };
SMF_TYPE(Pair, struct pair);
SMF_TYPE(Vec$i64, struct vec);
SMF_TYPE_OF_KIND(SMF_DESCRIPTOR_UNSIGNED, Colour, uint16_t);
SMF_TYPE_OF_KIND(SMF_DESCRIPTOR_FLOAT, Length, double, .copy = NULL);
SMF_INSTANTIATE("swap<Pair>");
SMF_INSTANTIATE("swap<Vec<i64>>");
SMF_INSTANTIATE("swap<Colour>");
SMF_INSTANTIATE("swap<Length>");
SMF_INSTANTIATE("swap<*Pair>");
SMF_INSTANTIATE("swap<usize>");
SMF_INSTANTIATE("swap<bool>");
""")
    module, _ = bench.templates(*bench.sample("swap"), path, flags=("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-dollar-in-identifier-extension"))
    word = F.POINTER[bench.arch][0]
    for name, wanted in (("Pair", (4, 1, 1, 1, 0)), ("Vec$i64", (word, 1, 3 if word == 8 else 2, 1, 0)),
                         ("Colour", (2, 1, 1, 3, 0)), ("Length", (8, 1, 3, 4, 0))):
        symbol = module.symbol(name)
        equal(struct.unpack_from("<IBBBB", module.sections[symbol.section].bytes, symbol.value), wanted, f"descriptor of {name}")
    built = {s.name for s in module.exports() if s.name.startswith("swap$")}
    equal(len(built), 7, f"instances: {built}")
    check({"swap$Pair", "swap$Colour", "swap$Length", "swap$bool", "swap$usize"} <= built, f"instances: {built}")
    return None


def users_in_cplusplus(bench):
    driver = bench.driver.replace("clang", "clang++", 1) if "clang" in bench.name else bench.driver.replace("gcc", "g++", 1)
    if shutil.which(driver.split()[0]) is None:
        return f"{driver.split()[0]} is not installed"
    path = bench.write("user.cpp", """#include <smf/instance.h>
struct pair { int a, b; };
static int compare(const void *a, const void *b) { return ((const pair *)a)->a - ((const pair *)b)->a; }
SMF_TYPE(Pair, pair, .compare = compare);
SMF_TYPE(Other, pair);
SMF_INSTANCE(sort_pairs, "sort<Pair>", void, (pair * items, size_t count));
extern "C" void go(pair *pairs) { sort_pairs(pairs, 2); }
""")
    module = bench.build("--cc", driver, "--cflags", f"-ffreestanding -std=c++20 -fno-exceptions -I{INCLUDE}", path)
    check("sort$Pair" in {s.name for s in module.imports()}, "imports")
    equal((module.symbol("Pair").type, module.symbol("Pair").binding), (2, F.WEAK), "type")
    return None


BUILT = """#include <smf/instance.h>
struct point { long long x, y, id; };
static int compare_points(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}
struct name { const char *text; int *alive; };
static void copy_name(void *to, const void *from) { *(struct name *)to = *(const struct name *)from; ++*((struct name *)to)->alive; }
static void drop_name(void *value) { --*((struct name *)value)->alive; }
static void twice(void *to) { ((struct point *)to)->x *= 2; }
static const struct smf_named_operation more[] = {{"other", 0}, {"twice", (void (*)(void))twice}, {0, 0}};
SMF_TYPE(Point, struct point, .compare = compare_points, .more = more);
SMF_TYPE_OPAQUE(Name, struct name, .copy = copy_name, .drop = drop_name);
SMF_INSTANTIATE("sort<i64>");
SMF_INSTANTIATE("sort<Point>");
SMF_INSTANTIATE("reverse<Point>");
SMF_INSTANTIATE("vec_push<Name>");
SMF_INSTANTIATE("vec_push<Name>");
SMF_INSTANTIATE("vec_clear<Name>");
SMF_INSTANTIATE("twice<Point>");
SMF_INSTANTIATE("describe<u16>");
SMF_INSTANCE(sort_longs, "sort<i64>", void, (long long *items, size_t count));
SMF_INSTANCE(sort_points, "sort<Point>", void, (struct point * items, size_t count));
SMF_INSTANCE(reverse_points, "reverse<Point>", void, (struct point * items, size_t count));
struct vec { void *items; size_t count, capacity; };
SMF_INSTANCE(push_name, "vec_push<Name>", _Bool, (struct vec * vec, const struct name *item));
SMF_INSTANCE(clear_names, "vec_clear<Name>", void, (struct vec * vec));
SMF_INSTANCE(twice_point, "twice<Point>", void, (struct point * point));
SMF_INSTANCE(describe_short, "describe<u16>", const char *, (const uint16_t *value, int what));
int main(void)
{
    long long longs[50];
    struct point points[50];
    struct name names[2];
    struct vec vec = {names, 0, 2};
    int alive = 0;
    const struct name one = {"one", &alive};
    const uint16_t number = 1;
    for (int i = 0; i < 50; i++) {
        longs[i] = i * 37 % 50;
        points[i] = (struct point){.x = i, .id = i * 37 % 50};
    }
    sort_longs(longs, 50);
    sort_points(points, 50);
    reverse_points(points, 50);
    for (int i = 0; i < 50; i++)
        if (longs[i] != i || points[i].id != 49 - i || points[i].x * 37 % 50 != 49 - i)
            return 2;
    twice_point(points);
    if (points[0].x * 37 / 2 % 50 != 49)
        return 3;
    if (!push_name(&vec, &one) || !push_name(&vec, &one) || push_name(&vec, &one) || alive != 2)
        return 4;
    clear_names(&vec);
    if (alive != 0)
        return 5;
    if (describe_short(&number, 0)[0] != 'p' || describe_short(&number, 1)[0] != 'a' || describe_short(&number, 5)[0] != 'p')
        return 6;
    return 0;
}
"""
TWICE = """SMF_TEMPLATE("twice<T>(*T)");
extern void smf_T_twice(smf_T *value);
void twice(smf_T *value);
void twice(smf_T *value) { smf_T_twice(value); }
"""


def instances_are_built_in(bench):
    """SMF_INSTANTIATE: ordinary code under the instance's name, with what it needs; run where the machine is this one."""
    inputs = [bench.write("built.c", BUILT), bench.source("twice", TWICE), *bench.sample("sort", "swap", "reverse", "vec", "describe")]
    module, found = bench.templates(*inputs)
    names = {"sort$i64", "sort$Point", "reverse$Point", "swap$Point", "vec_push$Name", "vec_pop$Name", "vec_clear$Name",
             "twice$Point", "describe$u16"}
    exports = {s.name: s for s in module.exports()}
    for name in names:
        check(name in exports, f"{name} is not exported: {sorted(exports)}")
        equal((exports[name].type, module.sections[exports[name].section].name), (0, ".text"), name)
    imports = {s.name for s in module.imports()}
    check(not any("$" in name or name.startswith("smf_") for name in imports), f"imports: {imports}")
    note = G.read_note(module.section("note.sdn").bytes)
    equal(note["possible"], [], "possible")
    rows = {r["mangled_name"]: (r["template"], r["type_args"], r["status"]) for r in note["instantiations"]}
    equal(rows["swap$Point"], ("swap", "Point", "compiled"), "a row that a need made")
    equal(rows["vec_push$Name"], ("vec_push", "Name", "compiled"), "a row")
    check({"from_inst": "reverse$Point", "to_inst": "swap$Point", "dep_kind": "inner_type"} in note["dependencies"], "dependencies")
    built = dict(G.read_meta(module.section(".template.meta").bytes)[1])
    equal((built["sort"], built["vec_push"], built["swap"]), (2, 1, 1), "specializations")
    if bench.name != os.uname().machine + "-gcc" and bench.name != os.uname().machine + "-clang":
        return None
    result = subprocess.run([bench.smf, "run", bench.path("out.smf")], capture_output=True, text=True)
    equal((result.returncode, result.stderr), (0, ""), "smf run")
    return None


def circles_are_built_in_once(bench):
    """What the loader refuses, because it would have to make each before the other, is ordinary code to a linker."""
    user = bench.write("user.c", '#include <smf/instance.h>\nSMF_INSTANTIATE("ping<u16>");\nSMF_INSTANTIATE("pong<u16>");\n')
    module, _ = bench.templates(*bench.sample("ping", "pong"), user)
    names = [s.name for s in module.symbols if "$" in s.name]
    equal(sorted(names), ["ping$u16", "pong$u16"], "instances")
    user = bench.write("user.c", '#include <smf/instance.h>\nSMF_INSTANTIATE("grow<u16>");\n')
    bench.refuse("grow<***", "types lie more than", arguments=[*bench.words(), *bench.sample("grow"), user])
    return None


def needs_from_elsewhere_are_uses(bench):
    """A need of what is built in, whose template is not here, is left to the loader."""
    user = bench.write("user.c", '#include <smf/instance.h>\nSMF_INSTANTIATE("reverse<u16>");\n')
    module, _ = bench.templates(*bench.sample("reverse"), user)
    equal([s.name for s in module.imports() if "$" in s.name], ["swap$u16"], "imports")
    note = G.read_note(module.section("note.sdn").bytes)
    equal([r["mangled_name"] for r in note["possible"]], ["swap$u16"], "possible")
    equal([r["mangled_name"] for r in note["instantiations"]], ["reverse$u16"], "instantiations")
    return None


def warnings_are_shown(bench):
    """Once, not once a shape; and as errors, if they are."""
    path = bench.source("warned", GOOD + "void f(smf_T *a) { int unused; (void)a; }\n")
    result = bench.run("-o", bench.path("out.smf"), *bench.words("-Wall"), path)
    equal(result.returncode, 0, "exit status")
    equal(result.stderr.count("-Wunused-variable"), 1, "warnings shown")
    result = bench.run("-o", bench.path("out.smf"), *bench.words("-Wall", "-Werror"), path)
    equal(result.returncode, 1, "exit status with -Werror")
    check("with warnings that are errors" in result.stderr, result.stderr)
    return None


def damaged_objects_are_refused(bench):
    """Each byte of an object of a template changed, one at a time in steps: told, or built, and never a crash."""
    if bench.name not in ("x86_64-gcc", "riscv64-clang", "arm-gcc"):
        return "tried with three compilers"
    path = bench.object_of("vec", fixed(24, 8))
    with open(path, "rb") as file:
        whole = file.read()
    broken = bench.path("broken.o")

    def run(*words):
        return subprocess.run([bench.smf, *words], capture_output=True, text=True, errors="replace", cwd=bench.directory)

    for at in range(0, len(whole), max(1, len(whole) // 150)):
        for value in (0xFF, 0x01):
            with open(broken, "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ value]) + whole[at + 1:])
            result = run("build", "-o", bench.path("out.smf"), *bench.words(), broken)
            check(result.returncode in (0, 1), f"exit status {result.returncode} with byte {at} ^ {value}: {result.stderr}")
            check(result.returncode == 0 or result.stderr.startswith("smf: "), f"byte {at} ^ {value}: {result.stderr!r}")
            if result.returncode == 0:
                verified = run("verify", bench.path("out.smf"))
                check(verified.returncode in (0, 1), f"smf verify crashed, byte {at} ^ {value}")
    for size in range(0, len(whole), max(1, len(whole) // 100)):
        with open(broken, "wb") as file:
            file.write(whole[:size])
        equal(run("build", "-o", bench.path("out.smf"), *bench.words(), broken).returncode, 1, f"exit status of {size} bytes")
    lines = bench.write("lines.c", '__asm__(".pushsection .smf.template\\n.ascii \\"template f<T>(*T)\\"\\n.popsection");\n')
    bench.must(f"{bench.driver} -c {lines} -o {broken}")
    bench.refuse("cut off", arguments=[*bench.words(), broken])
    return None


def sources_are_packed(bench):
    """--template-source: a unit of format 2 that compiles, its own headers in place."""
    _, found = bench.templates("--template-source", *bench.sample("vec", "swap"))
    for name in ("vec_push", "swap"):
        units = found[name][1].units
        unit = units[-1]
        equal((unit.format, unit.arch, unit.label(), unit.symbols, unit.relocations), (G.SOURCE, 255, "any", [], []), "unit")
        equal([u.format for u in units[:-1]], [G.CODE] * (len(units) - 1), "the others")
        text = unit.code.decode()
        check("#include \"" not in text and "#include <smf/generic.h>" in text, "includes")
        path = bench.write("unpacked.c", text)
        bench.must(f"{bench.driver} -I{INCLUDE} {FLAGS[bench.name.split('-')[0]]} {COMMON} -c {path} -o {bench.path('unpacked.o')}")
    check("struct vec {" in found["vec_push"][1].units[-1].code.decode(), "vec.h is not in place")
    bench.write("once.h", "#pragma once\n#include \"twice.h\"\nstruct once { int x; };\n")
    bench.write("twice.h", "#pragma once\n#include \"once.h\"\nstruct twice { int x; };\n")
    text = '#include "once.h"\n#include "twice.h"\nSMF_TEMPLATE("f<T>(*T)");\nvoid f(smf_T *a);\nvoid f(smf_T *a) { (void)a; }\n'
    source = bench.units("--template-source", bench.source("f", text))[-1].code.decode()
    equal((source.count("struct once {"), source.count("struct twice {")), (1, 1), "headers that come once")
    defined = 'SMF_TEMPLATE("f<T>(*T) -> i32");\nint f(smf_T *a);\n#if !defined TWO || defined THREE\n#error\n#endif\n' \
              'int f(smf_T *a) { (void)a; return ONE(TWO); }\n'
    source = bench.units("--template-source", bench.source("defined", defined),
                         flags=("'-DONE(x)=x + 41'", "-D", "TWO", "-DTHREE=", "-UTHREE"))[-1].code.decode()
    path = bench.write("unpacked.c", source + "_Static_assert(ONE(TWO) == 42, \"what was defined\");\n")
    bench.must(f"{bench.driver} -I{INCLUDE} -ffreestanding -c {path} -o {bench.path('unpacked.o')}")
    os.makedirs(bench.path("far"))
    bench.write("far/else.h", "#pragma once\n")
    bench.wrong(text.replace('"once.h"', '"else.h"'), "else.h", "does not lie beside it", flags=(f"-I{bench.path('far')}",),
                also=("--template-source",))
    return None


GOOD = 'SMF_TEMPLATE("f<T>(*T)");\nvoid f(smf_T *a);\n'


def wrong_templates_are_refused(bench):
    bench.wrong(GOOD + "static int count;\nvoid f(smf_T *a) { (void)a; count++; __asm__ volatile(\"\" : : \"r\"(&count)); }\n",
                "no variables that are written", ".bss")
    bench.wrong(GOOD + "static int count = 3;\nvoid f(smf_T *a) { (void)a; count++; __asm__ volatile(\"\" : : \"r\"(&count)); }\n",
                "no variables that are written", ".data")
    bench.wrong(GOOD + "static _Thread_local int count;\nvoid f(smf_T *a) { (void)a; count++; __asm__ volatile(\"\" : : \"r\"(&count)); }\n",
                "thread")
    bench.wrong(GOOD, "'f' is declared by SMF_TEMPLATE, and no function of that name is here")
    bench.wrong(GOOD + "void f(smf_T *a) { (void)a; (void)smf_sizeof(U); smf_drop(U, (smf_U *)a); }\n",
                "is a hole of U, which is no type parameter of 'f'")
    for word, call in (("compare", "smf_less(T, a, a)"), ("equal", "smf_equal(T, a, a)"), ("hash", "smf_hash(T, a)")):
        for bounds in ("", ": copy", ": integer"):
            bench.wrong(f'SMF_TEMPLATE("f<T{bounds}>(*T) -> u32");\nuint32_t f(smf_T *a);\nuint32_t f(smf_T *a) {{ return (uint32_t){call}; }}\n',
                        f"'f' calls {word} of T, and its signature does not demand it: <T: {word}>")
    bench.wrong('SMF_TEMPLATE("f<T(*T)");\nvoid f(void);\nvoid f(void) {}\n', '"f<T(*T)"')
    bench.wrong('SMF_TEMPLATE("f(*u8)");\nvoid f(void);\nvoid f(void) {}\n', '"f(*u8)"')
    bench.wrong('SMF_TEMPLATE("f<X>(*X)");\nvoid f(void);\nvoid f(void) {}\n', "are called T, U, K, V and E, not X")
    bench.wrong('SMF_TEMPLATE("f<T>(*T)");\nSMF_TEMPLATE("g<U>(*U)");\n', "the same type parameters as its first one")
    bench.wrong('SMF_TEMPLATE("f<T>(*T)");\nSMF_TEMPLATE("f<T>(*T)");\n', "'f' is a template twice")
    bench.wrong(GOOD + 'SMF_NEEDS(g, "g<T");\n', '"g<T"')
    bench.wrong(GOOD + 'SMF_SHAPES("i63");\n', "'i63' is no shape for T")
    bench.wrong(GOOD + 'SMF_SHAPES("plain:6:4");\n', "'plain:6:4' is no shape for T")
    bench.wrong(GOOD + 'SMF_SHAPES("i32,i32");\n', "'i32,i32' has more shapes than the template has parameters, 1")
    bench.wrong(GOOD + 'SMF_SHAPES("f64");\nvoid f(smf_T *a) { *a = *a % 3; }\n', "does not compile for f64, which SMF_SHAPES names")
    bench.wrong(GOOD + "void f(smf_T *a) { nonsense }\n", "compiles for no shape")
    bench.wrong(GOOD + "#include <nowhere.h>\n", "failed (exit status 1)")
    bench.wrong(GOOD + '#include <smf/instance.h>\nSMF_INSTANCE(g, "g<i32>", void, (void));\n', "SMF_NEEDS, not SMF_INSTANCE")
    visible = GOOD + '__attribute__((visibility("default"))) extern const int table[4];\nconst int table[4] = {1};\n' \
        "extern int g(const int *);\nvoid f(smf_T *a) { (void)a; (void)g(table); }\n"
    if bench.arch in (F.X86_64, F.AARCH64):
        bench.wrong(visible, "an own name through the GOT: compile with -fvisibility=hidden")
        hidden = GOOD + "__attribute__((visibility(\"hidden\"))) extern const char smf_T_size[];\nextern int g(size_t);\n" \
            "void f(smf_T *a) { (void)a; (void)g((size_t)smf_T_size); }\n"
        bench.wrong(hidden, "a number in code that counts from where it lies: take it by smf_sizeof()")
    return None


def templates_are_no_cplusplus(bench):
    path = bench.write("template.cpp", "#include <smf/generic.h>\n" + GOOD + "void f(smf_T *a) { (void)a; }\n")
    driver = bench.driver.replace("clang", "clang++", 1) if "clang" in bench.name else bench.driver.replace("gcc", "g++", 1)
    result = bench.run("-o", bench.path("refused.smf"), "--cc", driver, "--cflags", "-ffreestanding -I" + INCLUDE, path)
    equal(result.returncode, 1, "exit status")
    check("a template is a C file; what uses it may be C++" in result.stderr, f"not told: {result.stderr!r}")
    return None


def wrong_mixtures_are_refused(bench):
    """Names, types and instances that do not go together."""
    good = GOOD + "void f(smf_T *a) { (void)a; }\n"
    one, two = bench.source("one", good), bench.source("two", good)
    bench.refuse("'f' is a template in", arguments=[*bench.words(), one, two])
    plain = bench.write("plain.c", "int f(void);\nint f(void) { return 1; }\n")
    bench.refuse("'f' is a template, and defined in", arguments=[*bench.words(), one, plain])
    called = bench.write("called.c", "extern void f(void *);\nint g(void);\nint g(void) { f(0); return 1; }\n")
    bench.refuse("called.c: 'f' is a template: SMF_INSTANCE declares a function that is an instance of it",
                 arguments=[*bench.words(), one, called])
    head = "#include <smf/instance.h>\n"

    def user(text):
        return bench.write("user.c", head + text)
    alike = user('SMF_INSTANCE(f, "f<i32>", void, (int *));\nint g(void);\nint g(void) { int x = 0; f(&x); return x; }\n')
    check("f$i32" in {s.name for s in bench.build(*bench.words(), one, alike).imports()}, "an instance declared under its template's name")
    bench.refuse("no template of that name is among the inputs", "g<i32>", arguments=[*bench.words(), one, user('SMF_INSTANTIATE("g<i32>");\n')])
    bench.refuse("'f' has 1 type parameters", arguments=[*bench.words(), one, user('SMF_INSTANTIATE("f<i32, i32>");\n')])
    bench.refuse("nothing here describes the type 'Thing'", arguments=[*bench.words(), one, user('SMF_INSTANTIATE("f<Thing>");\n')])
    bench.refuse("is no instance: a name and types are wanted", arguments=[*bench.words(), user('SMF_INSTANCE(g, "sort", void, (void));\n')])
    bench.refuse("'g' is defined here, and SMF_INSTANCE says that the loader makes it", arguments=[
        *bench.words(), user('SMF_INSTANCE(g, "sort<i32>", void, (void));\nvoid g(void) {}\n')])
    for name in ("i64", "bool", "usize", "f32", "ptr_Thing"):
        bench.refuse(f"type '{name}' is known to the loader: SMF_TYPE needs another name", arguments=[
            *bench.words(), user(f"struct thing {{ int x; }};\nSMF_TYPE({name}, struct thing);\n")])
    thing = 'struct thing { int x; };\nSMF_TYPE(Thing, struct thing, .compare = 0);\n'
    other = bench.write("other.c", head + thing)
    bench.refuse("type 'Thing' is described here and in", arguments=[*bench.words(), user(thing), other])
    sort = bench.sample("sort")[0]
    bench.refuse("T has no compare", arguments=[*bench.words(), sort, user(thing + 'SMF_INSTANTIATE("sort<Thing>");\n')])
    bench.refuse("canonical files alone", arguments=[*bench.words(), "--layout", "r96", one])
    return None


def same_input_same_bytes(bench):
    inputs = [*bench.sample(*ALL), *bench.sample("user")]
    first, _ = bench.templates("--name", "same", *inputs, output="a.smf")
    second, _ = bench.templates("--name", "same", *inputs, output="b.smf")
    equal(first.bytes == second.bytes, True, "the same bytes")
    return None


def options_go_along(bench):
    """How it was compiled stands in the header; debug information and compression leave templates as they are."""
    inputs = [*bench.sample("sort", "vec"), *bench.sample("user")]
    plain, found = bench.templates("--name", "same", *inputs, output="a.smf")
    equal((plain.options[8], plain.options[9], plain.options[10]), (3, 2, bench.arch), "backend, level and arch")
    only, _ = bench.templates(*bench.sample("sort"), output="only.smf")
    check(any(only.options[:8]) and only.options[8] == 3, "options of a module of templates alone")
    words = (("-g",), ("--compress", "lz4")) if bench.name == "x86_64-gcc" else (("-g",),)
    for more in words:
        module, again = bench.templates("--name", "same", *more, *inputs, output="b.smf")
        equal([[u.facts() for u in r.units] for _, r in again.values()], [[u.facts() for u in r.units] for _, r in found.values()],
              f"units with {more}")
    return None


def nothing_is_left_behind(bench):
    """Whatever else the compiler leaves beside the object, with these flags, goes with the folder of that."""
    temporary = bench.path("temporary")
    os.makedirs(temporary, exist_ok=True)
    os.environ["TMPDIR"] = temporary
    try:
        bench.templates(*bench.sample("sort", "user"), flags=("-MMD",))
        equal(os.listdir(temporary), [], "what is left")
        broken = bench.source("broken", 'SMF_TEMPLATE("f<T>(*T)");\nvoid f(')
        bench.run("-o", bench.path("refused.smf"), *bench.words("-MMD", "-save-temps=obj"), broken)
        equal(os.listdir(temporary), [], "what is left after a failure")
    finally:
        del os.environ["TMPDIR"]
    return None


def features_are_recorded(bench):
    """What the processor must have."""
    sort = bench.sample("sort")
    found = {u.features for u in bench.units(*sort)}
    wanted = {"x86_64": 0, "aarch64": 0, "riscv64": 1, "riscv32": 1, "arm": 1, "armv8m": 1, "armv6m": 0}[bench.name.split("-")[0]]
    equal(found, {wanted}, "features")
    if bench.arch == F.X86_64:
        for flag, level in (("-march=x86-64-v2", 1), ("-march=x86-64-v3", 2), ("-march=x86-64-v4", 3)):
            equal({u.features for u in bench.units(*sort, flags=(flag,))}, {level}, flag)
    if bench.name.startswith("riscv64"):
        equal({u.features for u in bench.units(*sort, flags=("-march=rv64gc", "-mabi=lp64d"))}, {5}, "lp64d")
    if bench.name == "armv8m-gcc":
        equal({u.features for u in bench.units(*sort, flags=("-mfloat-abi=hard",))}, {7}, "hard float")
    return None


def equals_gnu_ld(bench):
    """Each unit with its holes filled, against GNU ld's output of the same object at the same address, and the instantiator's."""
    number = 0
    for name in ("swap", "sum", "sort", "reverse", "vec", "map", "describe"):
        letters = "KV" if name == "map" else "T"
        shapes = [("any", sum((("-DSMF_SHAPE_%s=any" % p,) for p in letters), ())),
                  ("plain", sum((("-DSMF_SHAPE_%s=plain" % p,) for p in letters), ())),
                  ("fixed", sum((fixed(24, 8, p) for p in letters), ())),
                  ("i64", sum((("-DSMF_SHAPE_%s=i64" % p,) for p in letters), ()))]
        for label, flags in shapes:
            if name == "sum" and label != "i64":
                continue
            compare_with_ld(bench, name, label, flags)
            number += 1
    equal(number, 25, "comparisons")
    return None


PAPER = 0x4000000000 # where the first region lies on 64-bit paper (tests/support/paper.h)
OPERATIONS = ("copy", "drop", "compare", "equal", "hash")


def compare_with_ld(bench, name, label, flags):
    """GNU ld, the rows of the core with GNU ld's slots, and the instantiator with its own: the same bytes."""
    path = bench.object_of(name, flags)
    others = [bench.object_of("swap", flags, "swap.o")] if name == "reverse" else []
    module, found = bench.templates(path, *others)
    record = list(found.values())[0][1]
    unit, first = record.units[0], record.exports[0][0]
    word, near = F.POINTER[bench.arch][0], 0x20000000 if F.POINTER[bench.arch][0] == 4 else PAPER
    size, log2, kind = (8, 3, 2) if label == "i64" else (24, 3, 0 if label == "any" else 1)
    functions = {n: near + 0x100000 + 0x100 * i + (bench.arch == F.ARM)
                 for i, n in enumerate(OPERATIONS + ("memcpy", "__aeabi_memcpy"))}
    given = [f"{n}:{a}" for n, a in functions.items() if kind == 0 or n not in ("copy", "drop")]
    made = bench.must(" ".join([bench.make, str(bench.arch), str(unit.features), bench.path("out.smf"), first,
                                str(len(record.parameters)), str(size), str(log2), str(kind), bench.path("made"), *given]))
    base = int(made.stdout)
    with open(bench.path("made"), "rb") as file:
        instance = file.read()
    numbers = {"size": size, "align": 1 << log2, "plain": int(kind != 0)}
    slots, at = [], -(-len(unit.code) // word) * word
    for _, _, _, called, slot in unit.symbols:
        slots.append(base + at if called or slot else 0)
        at += word * (called or slot)
    values = []
    for (kind, _, what, _, _), slot in zip(unit.symbols, slots):
        value = numbers[what] if kind == G.NUMBER else functions.get(what)
        held = int.from_bytes(instance[slot - base:slot - base + word], "little") if slot else None
        if kind == G.NEED:
            value = held
        check(held in (None, value), f"{name} [{label}]: the slot of {what} holds {held}, wanted {value}")
        values.append(value)
    equal(patched(bench, unit, base, values, slots), instance[:len(unit.code)], f"{name} [{label}]: what the instantiator made")
    symbols = [symbol_name(name, kind, parameter, what) for kind, parameter, what, _, _ in unit.symbols]
    text, words = linked(bench, path, base, dict(zip(symbols, values)))
    for symbol, value, (_, _, _, _, slot) in zip(symbols, values, unit.symbols):
        check(not slot or value in words, f"{name} [{label}]: GNU ld has no slot for {symbol}")
    equal(patched(bench, unit, base, values, [words.get(value, 0) for value in values]), text, f"{name} [{label}]: what GNU ld made")


def linked(bench, path, base, symbols):
    """What GNU ld makes of an object whose holes are these; {value: address of the word that holds it}."""
    script = bench.write("unit.ld", f"""SECTIONS {{
 .unit {base} : {{ *(.text .text.*) *(.rodata .rodata.* .data.rel.ro .data.rel.ro.*) }} =0
 .got : {{ *(.got .got.plt) }}
 /DISCARD/ : {{ *(.eh_frame .comment .note* .ARM.* .smf.template) }} }}
""" + "".join(f'"{symbol}" = {value};\n' for symbol, value in symbols.items()))
    # No merging of texts: the same section, without the flag that allows it.
    for section in sorted({s for s in sections_of(bench, path) if s.startswith(".rodata")}):
        bench.must(f"{bench.linker.split()[0][:-2]}objcopy --set-section-flags {section}=alloc,readonly,data,contents {path} {path}")
    bench.must(f"{bench.linker} --no-relax -e 0 -T {script} -o {bench.path('linked')} {path}")
    found = Elf(bench.path("linked"))
    return found.bytes(".unit"), got_slots(bench, found)


def patched(bench, unit, base, values, slots):
    """A unit's code with its holes filled by the core's rows alone."""
    with open(bench.path("code"), "wb") as file:
        file.write(struct.pack("<II", len(unit.code), len(unit.relocations)) + unit.code)
        for relocation in unit.relocations:
            file.write(struct.pack("<IHHi", *relocation))
    words = [f"{value}:{slot}" for value, slot in zip(values, slots)]
    bench.must(" ".join([bench.patch, str(bench.arch), str(base), bench.path("code"), bench.path("patched"), *words]))
    with open(bench.path("patched"), "rb") as file:
        return file.read()


def symbol_name(template, kind, parameter, word):
    letter = ("KV" if template == "map" else "T")[parameter]
    return f"smf_{letter}_{word}" if kind in (G.NUMBER, G.FUNCTION, G.NAMED) else word + "_T" if kind == G.NEED else word


def sections_of(bench, path):
    return [s[10] for s in Elf(path).sections]


def got_slots(bench, linked):
    """{value: address of the word that holds it}."""
    size, words = F.POINTER[bench.arch][0], linked.bytes(".got")
    return {struct.unpack_from("<Q" if size == 8 else "<I", words, i)[0]: linked.address(".got") + i
            for i in range(0, len(words), size)}


def modules_by_cmake(bench):
    """smf_add_module(TEMPLATES ...)."""
    toolchain = {"x86_64-gcc": "", "arm-gcc": "cortex-m3", "riscv32-gcc": "riscv32", "aarch64-gcc": "linux-aarch64"}.get(bench.name)
    if toolchain is None:
        return "tried with four compilers"
    file = f" -DCMAKE_TOOLCHAIN_FILE={ROOT}/cmake/toolchains/{toolchain}.cmake" if toolchain else ""
    bench.must(f"cmake -G Ninja -S {HERE}/project -B {bench.path('tree')} -DSMF_COMMAND={bench.smf} -DSMF_ROOT={ROOT}" + file)
    bench.must(f"cmake --build {bench.path('tree')}")
    only, mixed = F.Module(bench.path("tree/only.smf")), F.Module(bench.path("tree/mixed.smf"))
    for module in (only, mixed):
        equal((module.arch, F.broken_rules(module)), (bench.arch, []), "arch and broken rules")
    equal(list(G.read_section(only.section(".template.code").bytes)), ["swap", "vec_push"], "templates")
    check(only.section(".text") is None, "code in a module of templates")
    equal(list(G.read_section(mixed.section(".template.code").bytes)), ["sort"], "templates")
    check("sort$Point" in {s.name for s in mixed.imports()}, "imports of the mixed module")
    return None


GUIDE = os.path.join(ROOT, "docs/GENERICS.md")


def the_guide_is_true(bench):
    """docs/GENERICS.md: its code compiles for every machine; on this one its commands say what it shows."""
    with open(GUIDE) as file:
        text = file.read()
    blocks = re.findall(r"^<!-- compiled: (\S+) -->\n```c\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    equal(len(blocks), len(re.findall(r"^```c$", text, re.MULTILINE)), "blocks of C that are compiled")
    for name, code in blocks:
        bench.write(name, code)
    sources = [bench.path(name) for name, _ in blocks if name.endswith(".c")]
    strict = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wmissing-prototypes", "-Wcast-qual")
    _, found = bench.templates(*sources, flags=strict)
    check(len(found) >= 4, f"templates of the guide: {list(found)}")
    if bench.name != os.uname().machine + "-gcc":
        return None
    environment = dict(os.environ, CPATH=INCLUDE, CC="gcc", PATH=os.path.dirname(bench.smf) + ":" + os.environ["PATH"])
    commands = re.findall(r"^    \$ (.*)\n((?:    (?!\$).*\n)*)", text, re.MULTILINE)
    check(len(commands) >= 9, f"commands: {commands}")
    for command, output in commands:
        result = subprocess.run(command.split(), capture_output=True, text=True, cwd=bench.directory, env=environment)
        wanted = "".join(line[4:] + "\n" for line in output.splitlines())
        equal((result.returncode, result.stderr, result.stdout), (0, "", wanted), command)
    return None


def imports_are_listed(bench):
    """What compilers call by themselves is in the guide's lists, and all that is listed exists."""
    with open(GUIDE) as file:
        text = file.read()
    lists = {name: words.split() for name, words in re.findall(r"^<!-- exports: (\S+) -->\n```\n(.*?)^```$", text,
                                                              re.MULTILINE | re.DOTALL)}
    equal(sorted(lists), ["all", "arm", "armv6m", "riscv", "riscv32"], "lists")
    kind = bench.name.split("-")[0]
    used = {"armv6m": ["all", "arm", "armv6m"], "arm": ["all", "arm"], "armv8m": ["all", "arm"], "riscv64": ["all", "riscv"],
            "riscv32": ["all", "riscv", "riscv32"]}.get(kind, ["all"])
    listed = {word for name in used for word in lists[name]}
    for level in ("-O2", "-Os"):
        bench.must(f"{bench.driver} {FLAGS[kind]} {COMMON} {level} -c {HERE}/operations.c -o {bench.path('operations.o')}")
        undefined = {name for name, section, _ in Elf(bench.path("operations.o")).symbols() if section == 0 and name}
        equal(sorted(undefined - listed), [], f"called by {level} code, and not listed")
    if "gcc" in bench.name:
        library = bench.must(f"{bench.driver} -print-libgcc-file-name").stdout.strip()
        names = set(bench.must(f"{bench.linker.split()[0][:-2]}nm -g --defined-only {library}").stdout.split())
        missing = {word for word in listed if word not in names and not re.match(r"(__aeabi_)?mem", word)}
        equal(sorted(missing), [], "listed, and not in the compiler's library")
    return None


CASES = [sections_and_symbols, signatures_and_bounds, shapes_that_compile, equal_units_are_dropped, holes_are_classified,
         constants_come_along, hands_and_sources_agree, objects_join, levels_join, users_name_instances, types_of_all_kinds, users_in_cplusplus,
         instances_are_built_in, circles_are_built_in_once, needs_from_elsewhere_are_uses, sources_are_packed,
         warnings_are_shown, damaged_objects_are_refused, wrong_templates_are_refused, templates_are_no_cplusplus,
         wrong_mixtures_are_refused, same_input_same_bytes, options_go_along, features_are_recorded, equals_gnu_ld,
         the_guide_is_true, nothing_is_left_behind,
         imports_are_listed, modules_by_cmake]


def main():
    Bench.patch, Bench.make = os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
    B.Bench, B.PER_COMPILER = Bench, CASES
    sys.argv[2:4] = []
    return B.main()


if __name__ == "__main__":
    sys.exit(main())
