#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `smf build` writes and refuses, case by case. build.py SMF [CASE][:COMPILER]; prints TAP.

A case is a function; those with a parameter run once for each compiler that is
installed. The files are read by smf_file.py, not by the library under test.
"""
import glob
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(__file__), "..", "harness")]
from elf import Elf  # noqa: E402
import smf_file as F  # noqa: E402

RV64, RV32 = "-march=rv64imac -mabi=lp64", "-march=rv32imac -mabi=ilp32"
# name: (driver with what chooses the machine, linker and its options, position-independent, ar)
COMPILERS = {
    "x86_64-gcc": ("gcc", "ld", "-fPIC", "ar"),
    "x86_64-clang": ("clang --target=x86_64-linux-gnu", "ld", "-fPIC", "ar"),
    "aarch64-gcc": ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-ld", "-fPIC", "aarch64-linux-gnu-ar"),
    "aarch64-clang": ("clang --target=aarch64-linux-gnu", "aarch64-linux-gnu-ld", "-fPIC", "aarch64-linux-gnu-ar"),
    "riscv64-gcc": ("riscv64-unknown-elf-gcc " + RV64, "riscv64-unknown-elf-ld -melf64lriscv", "-mcmodel=medany",
                    "riscv64-unknown-elf-ar"),
    "riscv64-clang": ("clang --target=riscv64-unknown-elf " + RV64, "riscv64-unknown-elf-ld -melf64lriscv",
                      "-mcmodel=medany", "riscv64-unknown-elf-ar"),
    "riscv32-gcc": ("riscv64-unknown-elf-gcc " + RV32, "riscv64-unknown-elf-ld -melf32lriscv", "-mcmodel=medany",
                    "riscv64-unknown-elf-ar"),
    "riscv32-clang": ("clang --target=riscv32-unknown-elf " + RV32, "riscv64-unknown-elf-ld -melf32lriscv",
                      "-mcmodel=medany", "riscv64-unknown-elf-ar"),
    "arm-gcc": ("arm-none-eabi-gcc -mthumb -mcpu=cortex-m3", "arm-none-eabi-ld", "", "arm-none-eabi-ar"),
    "armv6m-gcc": ("arm-none-eabi-gcc -mthumb -mcpu=cortex-m0", "arm-none-eabi-ld", "", "arm-none-eabi-ar"),
    "arm-clang": ("clang --target=arm-none-eabi -mthumb -mcpu=cortex-m3", "arm-none-eabi-ld", "", "arm-none-eabi-ar"),
}
ARCH = {"x86_64": F.X86_64, "aarch64": F.AARCH64, "riscv64": F.RISCV64, "riscv32": F.RISCV32, "arm": F.ARM, "armv6m": F.ARM}


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


def equal(found, wanted, what):
    check(found == wanted, f"{what} is {found!r}, wanted {wanted!r}")


class Bench:
    """A directory to work in, one compiler."""

    def __init__(self, smf, directory, compiler):
        self.smf, self.directory, self.name = smf, directory, compiler
        self.driver, self.linker, self.pic, self.ar = COMPILERS[compiler]
        self.arch = ARCH[compiler.split("-")[0]]
        self.riscv = self.arch in (F.RISCV64, F.RISCV32)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def object(self, name, text, flags="-O1", suffix=".c"):
        source = self.write(name + suffix, text)
        self.must(f"{self.driver} {self.pic} {flags} -c {source} -o {self.path(name)}.o")
        return self.path(name) + ".o"

    def must(self, command):
        result = subprocess.run(command.split(), capture_output=True, text=True, cwd=self.directory)
        check(result.returncode == 0, f"{command}: {result.stderr.strip()}")
        return result

    def run(self, *arguments):
        return subprocess.run([self.smf, "build", *arguments], capture_output=True, text=True, cwd=self.directory)

    def build(self, *arguments, output="out.smf"):
        """Build; the module, its rules checked, and smf verify too."""
        result = self.run("-o", self.path(output), *arguments)
        check(result.returncode == 0, f"smf build: {result.stderr.strip()}")
        equal(result.stderr, "", "standard error")
        module = F.Module(self.path(output))
        equal(F.broken_rules(module), [], "broken rules")
        verified = subprocess.run([self.smf, "verify", self.path(output)], capture_output=True, text=True)
        check(verified.returncode == 0, f"smf verify: {verified.stderr.strip()}")
        return module

    def refuse(self, *words, arguments, output="refused.smf"):
        """Must fail with one line that holds all words, and leave nothing."""
        before = sorted(os.listdir(self.directory))
        result = self.run("-o", self.path(output), *arguments)
        equal(result.returncode, 1, "exit status")
        check(result.stderr.count("\n") == 1 and result.stderr.startswith("smf: "), f"not one line: {result.stderr!r}")
        for word in words:
            check(word in result.stderr, f"{word!r} is not in {result.stderr!r}")
        equal(sorted(os.listdir(self.directory)), before, "files")


CALLER = """
extern int imported(int); extern int number; extern int maybe(int) __attribute__((weak));
static int counter; int table[4] = {1, 2, 3, 4}; const int fixed[3] = {7, 8, 9};
static int hidden_twice(int x) { return 2 * x; }
__attribute__((visibility("hidden"))) int hidden_one(int x) { return x + counter; }
int (*const pointers[])(int) = {hidden_twice, imported, hidden_one};
int call(int x) { counter += imported(x) + number; return counter + fixed[x & 1] + table[x & 3]; }
int choose(int x) { return maybe ? maybe(x) : pointers[x & 1](x); }
"""


def imports_have_slots_and_stubs(bench):
    """One slot for each imported symbol, one stub for each that is called; own names are exported once."""
    module = bench.build(bench.object("a", CALLER))
    equal(module.arch, bench.arch, "arch")
    imports = {s.name: s for s in module.imports()}
    equal(sorted(imports), ["imported", "maybe", "number"], "imports")
    stub = {F.X86_64: 8, F.ARM: 16 if bench.name.startswith("armv6m") else 12}.get(module.arch, 16)
    equal(imports["imported"].size, stub, "size of the stub of imported")
    equal(imports["imported"].type, 0, "type of imported (function)")
    equal(imports["number"].type, 1, "type of number (data)")
    equal(imports["maybe"].binding, F.WEAK, "binding of maybe")
    equal(sorted(s.name for s in module.exports()), ["call", "choose", "fixed", "pointers", "table"], "exports")
    slots = [r.name for r in module.records[".got"]]
    check("imported" in slots, "no slot for imported")
    check(all(r.name != "imported" for r in module.records[".text"]), "a branch to imported is left in .text")


def equals_gnu_ld(bench):
    """Code without imports is what GNU ld makes of it at the same addresses, byte for byte."""
    text = """
static int counter = 3; static const short fixed[] = {1, 2, 3, 4, 5, 6, 7, 8}; static int zeros[100];
__attribute__((visibility("hidden"), noinline)) int two(int x) { return x * 2 + fixed[x & 7]; }
__attribute__((visibility("hidden"), noinline)) long long wide(long long x) { return x * 3 + counter++; }
__attribute__((visibility("hidden"))) int run(int x) {
    switch (x) { case 0: return two(4); case 1: return (int)wide(5); case 2: return zeros[x] + 9; case 3: return 11;
    case 4: return two(x) - 8; case 5: return counter; case 6: return -1; default: zeros[x & 63] = two(x); return zeros[5]; } }
"""
    other = "__attribute__((visibility(\"hidden\"))) int two(int); int start(int x) { return two(x) + two(x + 1); }"
    flags = "-O2 -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-jump-tables"
    objects = [bench.object("one", text, flags), bench.object("two", other, flags)]
    module = bench.build("--no-helpers", *objects)
    equal(module.imports(), [], "imports")
    addresses = module.addresses()
    patterns = {".text": "*(.text .text.*)", ".rodata": "*(.rodata .rodata.* .srodata .srodata.*)",
                ".data": "*(.data .data.* .sdata .sdata.*)",
                ".bss": "*(.bss .bss.* .sbss .sbss.* COMMON)"}
    # Sections that have places of their own here and are mixed there would shift everything.
    lines = [f"{name} {addresses[name]:#x} : {{ {patterns[name]} }}" for name in addresses if name in patterns]
    script = bench.write("ld.script", "SECTIONS {\n" + "\n".join(lines) + "\n/DISCARD/ : { *(.ARM.* .note.* .comment) }\n}\n")
    bench.must(f"{bench.linker} --no-relax -e start -T {script} -o {bench.path('ld.out')} {' '.join(objects)}")
    linked = Elf(bench.path("ld.out"))
    section = linked.sections[linked.index(".text")]
    wanted = linked.data[section[4]:section[4] + section[5]]
    found, start = bytearray(module.section(".text").bytes), 0
    wanted = bytearray(wanted)
    for record in module.records.get(".text", []): # what waits for the loader is not compared; PIC has nothing of it
        if not record.settled:
            check(module.arch == F.ARM and record.type in (2, 47, 48), f"type {record.type} is left in PIC")
            for bytes_ in (found, wanted):
                bytes_[record.offset:record.offset + 4] = bytes(4)
    for source in objects: # the gaps between objects are not compared either
        unit = Elf(source)
        text = unit.sections[unit.index(".text")]
        start = -(-start // text[8]) * text[8]
        size = text[5] if not bench.riscv else len(found) - start # RISC-V: objects shrink where they align
        place = next((i for i in range(start, start + size) if found[i] != wanted[i]), None)
        check(place is None, f"{source}: .text differs from GNU ld's at {place}")
        start += size
        if bench.riscv:
            break


def distances_are_settled(bench):
    """Distances between sections are applied and marked; within .text nothing is left."""
    module = bench.build(bench.object("a", CALLER))
    for record in module.records[".text"]:
        check(record.name != ".text" or record.type in (2, 257, 26, 27, 28), f"a distance within .text is left: {record.type}")
    settled = [r for records in module.records.values() for r in records if r.settled]
    check(settled or bench.arch == F.ARM, "nothing is settled")
    for record in settled:
        check(record.name is None or record.name.startswith("."), f"{record.name} is settled, but not defined here")


def same_input_same_bytes(bench):
    """Two builds of the same inputs are equal."""
    objects = [bench.object("a", CALLER), bench.object("b", "int imported(int x) { return x; } int number;")]
    bench.build(*objects, "--name", "m", output="one.smf")
    bench.build(*objects, "--name", "m", output="two.smf")
    check(open(bench.path("one.smf"), "rb").read() == open(bench.path("two.smf"), "rb").read(), "the files differ")


CLASS = """
inline int counted() { static int n; return ++n; }
template <class T> T largest(T a, T b) { return a > b ? a : b; }
struct Base { virtual int f() { return counted(); } virtual int g(int) = 0; };
struct Derived : Base { int g(int x) override { return largest(x, 3); } };
int %s(int x) { static Derived d; Base *b = &d; return b->f() + b->g(x); }
"""


def comdat_groups_once(bench):
    """Of each group one copy; the same names are exported once; frames of dropped copies go."""
    flags = "-O0 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fasynchronous-unwind-tables"
    one = bench.object("one", CLASS % "first", flags, ".cc")
    two = bench.object("two", CLASS % "second", flags, ".cc")
    alone, both = bench.build(one, output="alone.smf"), bench.build(one, two)
    names = [s.name for s in both.exports()]
    equal(names.count("_Z7largestIiET_S0_S0_"), 1, "copies of largest<int>")
    added = set(names) - {s.name for s in alone.exports()}
    equal(added, {"_Z6secondi"}, "exports of the second object")
    growth = both.section(".text").size - alone.section(".text").size
    check(0 < growth < 200, f".text grew by {growth}")
    if bench.arch != F.ARM:
        # One more function, one more description: at most a CIE and an FDE.
        frames = frame_functions(both), frame_functions(alone)
        equal(frames[0] - frames[1], 1, "frame descriptions added")


def frame_functions(module):
    """Number of descriptions in .eh_frame, which must end in four zero bytes and be well formed."""
    data, at, count = module.section(".eh_frame").bytes, 0, 0
    while True:
        check(at + 4 <= len(data), ".eh_frame does not end in zeros")
        length, = struct.unpack_from("<I", data, at)
        if length == 0:
            equal(at + 4, len(data), "size of .eh_frame")
            return count
        identity, = struct.unpack_from("<I", data, at + 4)
        if identity != 0:
            start = at + 4 - identity
            check(start >= 0 and struct.unpack_from("<I", data, start + 4)[0] == 0, f"the CIE of {at:#x} is none")
            count += 1
        at += 4 + length


def archive_members_as_needed(bench):
    """Members are taken until nothing is undefined that they have; no others."""
    objects = [bench.object("m1", "int second(int); int first(int x) { return second(x) + 1; }"),
               bench.object("m2", "int second(int x) { return x * 3; }"), bench.object("m3", "int third(int x) { return x; }"),
               bench.object("m4_with_a_very_long_name", "int fourth(int x) { return x; }")]
    bench.must(f"{bench.ar} rcs {bench.path('lib.a')} {' '.join(objects)}")
    main = bench.object("main", "int first(int), fourth(int); int outside(int) __attribute__((weak));"
                        " int third(int) __attribute__((weak));"
                        " int run(int x) { return first(x) + fourth(x) + (third ? third(x) : 0); }")
    module = bench.build("--no-helpers", bench.path("lib.a"), main)
    equal(sorted(s.name for s in module.exports()), ["first", "fourth", "run", "second"], "exports")
    equal([s.name for s in module.imports()], ["third"], "imports (weak ones take no member)")


def helpers_stay_local(bench):
    """The compiler's helper library supplies what is missing, and exports nothing of it."""
    text = {F.X86_64: "unsigned __int128 run(unsigned __int128 a, unsigned __int128 b) { return a / b; }",
            F.AARCH64: "unsigned __int128 run(unsigned __int128 a, unsigned __int128 b) { return a / b; }",
            F.RISCV64: "unsigned __int128 run(unsigned __int128 a, unsigned __int128 b) { return a / b; }"}.get(
                bench.arch, "long long run(long long a, long long b) { return a / b; }")
    source = bench.object("a", text)
    module = bench.build(source)
    equal([s.name for s in module.exports()], ["run"], "exports")
    equal([s.name for s in module.imports()], [], "imports")
    without = bench.build("--no-helpers", source)
    check([s.name for s in without.imports()], "without helpers there is nothing to import")


def common_goes_to_bss(bench):
    """COMMON: the largest of them, aligned, in .bss, which takes no bytes of the file."""
    one = bench.object("one", "int shared[4]; int *one(void) { return shared; }", "-O1 -fcommon")
    two = bench.object("two", "__attribute__((aligned(64))) int shared[40]; int *two(void) { return shared; }", "-O1 -fcommon")
    module = bench.build(one, two)
    shared, bss = module.symbol("shared"), module.section(".bss")
    equal(shared.size, 160, "size of shared")
    equal(shared.value % 64, 0, "alignment of shared")
    equal((bss.size, bss.alignment), (0, 64), "bss (size in the file, alignment)")


def init_arrays_by_priority(bench):
    """.init_array in the order of priorities, then of the inputs. SPEC [T11] [L7]"""
    def function(name, priority):
        return f"void {name}(void) __attribute__((constructor{priority})); void {name}(void) {{ n++; }}\n"
    one = bench.object("one", "static volatile int n;\n" + function("plain", "") + function("late", "(900)"))
    two = bench.object("two", "static volatile int n;\n" + function("early", "(150)") + function("plain2", "") +
                       "void bye(void) __attribute__((destructor)); void bye(void) { n--; }\n")
    module = bench.build(one, two)
    places = {s.value: s.name for s in module.exports()}
    order = [places.get(r.addend) for r in sorted(module.records[".init_array"], key=lambda r: r.offset)]
    equal(order, ["early", "late", "plain", "plain2"], "order of .init_array")
    equal([places.get(r.addend) for r in module.records[".fini_array"]], ["bye"], ".fini_array")


def visibility_decides_exports(bench):
    """Hidden and internal stay local, protected is Global, weak is Weak; the most constraining of all objects counts."""
    one = bench.object("one", """
#define V(v) __attribute__((visibility(v)))
V("hidden") int hidden(void) { return 1; } V("internal") int internal(void) { return 2; }
V("protected") int guarded(void) { return 3; } __attribute__((weak)) int feeble(void) { return 4; }
int elsewhere(void) { return 5; } __attribute__((weak)) int replaced(void) { return 6; } """)
    two = bench.object("two", """
__attribute__((visibility("hidden"))) extern int elsewhere(void);
int use(void) { return elsewhere(); } int replaced(void) { return 7; } """)
    module = bench.build(one, two)
    equal({s.name: s.binding for s in module.exports()},
          {"guarded": F.GLOBAL, "feeble": F.WEAK, "use": F.GLOBAL, "replaced": F.GLOBAL}, "exports")


def handles_are_the_modules_own(bench):
    """__dso_handle is defined, hidden, in each module that names it."""
    module = bench.build(bench.object("a", "extern void *__dso_handle; void *handle(void) { return &__dso_handle; }"))
    equal([s.name for s in module.exports()], ["handle"], "exports")
    equal(module.imports(), [], "imports")


def kept_sections_stay_apart(bench):
    """.keep.* are Data sections of their own, zeros included. SPEC [T11]"""
    module = bench.build(bench.object("a", """
__attribute__((section(".keep.state"))) int state[5] = {1, 2};
__attribute__((section(".keep.other"))) long other; int *run(void) { return state + other; } """))
    for name in (".keep.state", ".keep.other"):
        section = module.section(name)
        check(section is not None and section.type == F.DATA, f"{name} is no Data section")
        equal(section.size, section.memory, f"size of {name}")


def kept_sections_hold_no_pointers(bench):
    """Zeros without bytes work, names have up to 16 bytes, and what would point into an old version is refused."""
    module = bench.build(bench.object("zero", """
__attribute__((section(".keep.state"))) int zero; __attribute__((section(".keep.state"))) int one = 7;
__asm__(".section .keep.nothing,\\"aw\\",%nobits\\n.globl nothing\\nnothing: .zero 24\\n.previous");
extern int nothing[6]; __attribute__((section(".keep.0123456789"))) short longest = 5;
int *run(void) { return nothing + zero + one + longest; } """))
    state, nothing = module.section(".keep.state"), module.section(".keep.nothing")
    equal((state.type, sorted(struct.unpack("<2i", state.bytes))), (F.DATA, [0, 7]), ".keep.state")
    equal((nothing.type, nothing.bytes, nothing.memory), (F.DATA, bytes(24), 24), ".keep.nothing")
    equal(module.section(".keep.0123456789").bytes, struct.pack("<h", 5), "the section with the longest name")
    long_name = bench.object("long", "__attribute__((section(\".keep.0123456789a\"))) int state = 1; int run(void) { return state; }")
    bench.refuse("long.o(.keep.0123456789a", "at most 16 bytes", arguments=[long_name])
    for name, target in (("import", "extern int far(int);"), ("own", "int far(int x) { return x; }")):
        source = bench.object(name, target + " __attribute__((section(\".keep.state\"))) int (*kept[2])(int) = {0, far};"
                              " int run(void) { return kept[1](1); }")
        bench.refuse(f"{name}.o(.keep.state+0x", "a pointer in a kept section would still point into the old version after a"
                     " reload: set it at run time", arguments=[source])
    words = [built for built in (bench.build(bench.object("a", "int run(void) { return 1; }"), "--state-version", number)
                               for number in ("0x12345", "4294967295"))]
    equal([struct.pack("<HHI", 3, 4, number) in module.section("note.module").bytes
           for module, number in zip(words, (0x12345, 0xFFFFFFFF))], [True, True], "tag 3 of note.module")


def entry_comes_first(bench):
    """The entry's section stands first; --entry chooses it; without main a module is a library."""
    source = bench.object("a", "int a(void) { return 1; } int main(void) { return 2; } int other(void) { return 3; }",
                          "-O1 -ffunction-sections")
    thumb = 1 if bench.arch == F.ARM else 0
    module = bench.build(source)
    equal((module.flags & F.EXECUTABLE, module.entry), (1, thumb), "entry (main)")
    module = bench.build(source, "--entry", "other")
    equal((module.symbol("other").value, module.entry), (thumb, thumb), "entry (other)")
    library = bench.build(bench.object("b", "int run(void) { return 1; }"))
    equal(library.flags & F.EXECUTABLE, 0, "EXECUTABLE of a library")
    bench.refuse("entry", "'nothing'", arguments=[source, "--entry", "nothing"])


def abi_and_cpu_are_recorded(bench):
    """abi and cpu as the format has them."""
    module = bench.build(bench.object("a", "int run(void) { return 1; }"))
    imac = sum(1 << ord(letter) - ord("a") for letter in "imac")
    wanted = {F.X86_64: (1, 0), F.AARCH64: (0, 0), F.RISCV64: (1, imac), F.RISCV32: (1, imac)}.get(bench.arch)
    if bench.arch == F.ARM:
        wanted = (0x200, {"armv6m-gcc": 12}.get(bench.name, 10))
        equal(module.abi, wanted[0], "abi")
        check(module.cpu & 0xFF in ((11, 12) if bench.name.startswith("armv6m") else (10,)), f"cpu is {module.cpu:#x}")
    else:
        equal((module.abi, module.cpu), wanted, "abi and cpu")


def thread_local_storage_is_refused(bench):
    tls = bench.object("tls", "__thread int counter = 3; int run(void) { return counter++; }")
    bench.refuse("tls.o", "'counter'", "thread-local", arguments=[tls])
    extern = bench.object("extern", "extern __thread int elsewhere; int run(void) { return elsewhere; }")
    bench.refuse("extern.o(.text+", "R_", "'elsewhere'", "thread-local", arguments=[extern])


def indirect_functions_are_refused(bench):
    text = ".globl chosen\n.type chosen, %gnu_indirect_function\n.text\nchosen:\n.byte 0\n"
    source = bench.write("ifunc.s", text.replace("%", "@") if bench.arch in (F.X86_64,) else text)
    result = subprocess.run(f"{bench.driver} -c {source} -o {bench.path('ifunc.o')}".split(), capture_output=True)
    if result.returncode != 0:
        return "the assembler has no indirect functions"
    bench.refuse("chosen", "STT_GNU_IFUNC", arguments=[bench.path("ifunc.o")])


def duplicates_are_refused(bench):
    one = bench.object("one", "int twice(int x) { return x; }")
    two = bench.object("two", "int twice(int x) { return x + 1; }")
    bench.refuse("'twice'", "one.o", "two.o", arguments=[one, two])


def undefined_symbols_can_be_refused(bench):
    source = bench.object("a", "int elsewhere(int); int run(int x) { return elsewhere(x); }")
    bench.refuse("a.o: 'elsewhere' is undefined", arguments=[source, "--no-undefined"])
    hidden = bench.object("b", "__attribute__((visibility(\"hidden\"))) int secret(int); int run(int x) { return secret(x); }")
    bench.refuse("'secret'", "hidden", arguments=[hidden])


def unknown_types_are_refused(bench):
    """A relocation type without a row: the file, the place and the type are named."""
    source = bench.object("a", "extern int far; int *run(void) { return &far; }", "-O1 -ffunction-sections")
    unit = Elf(source)
    data = bytearray(unit.data)
    section = next(s for s in unit.sections if s[10].startswith(".rel") and ".text" in s[10])
    data[section[4] + (8 if unit.wide else 4)] = 0xF7
    with open(bench.path("broken.o"), "wb") as file:
        file.write(data)
    bench.refuse("broken.o(.text", "relocation type", arguments=[bench.path("broken.o")])


def names_cannot_break_the_line(bench):
    """A control character in a name of a broken file becomes a question mark."""
    one = bench.object("one", "int xtwicex(int x) { return x; }")
    data = open(one, "rb").read().replace(b"xtwicex", b"a\nb\x1bc\rd")
    for name in ("two.o", "three.o"):
        with open(bench.path(name), "wb") as file:
            file.write(data)
    bench.refuse("'a?b?c?d'", arguments=[bench.path("two.o"), bench.path("three.o")])


def unfit_values_are_refused(bench):
    """A value that its field cannot hold: the relocation is named."""
    if bench.arch != F.X86_64:
        return "x86-64's PC8 is the shortest way"
    source = bench.write("a.s", ".text\n.globl run\nrun: ret\n.zero 300\nfar: ret\n.section .b,\"aw\"\n.byte far - .\n")
    bench.must(f"{bench.driver} -c {source} -o {bench.path('a.o')}")
    bench.refuse("a.o(.b+0x0)", "R_X86_64_PC8", arguments=[bench.path("a.o")])


def mixed_machines_are_refused(bench):
    """Another architecture, or another float ABI, in one module."""
    source = bench.object("a", "double half(double x) { return x / 2; }")
    bench.refuse("not for", arguments=[source, "--arch", "riscv32" if bench.arch != F.RISCV32 else "x86_64"])
    bench.refuse("architecture 'm68k' is none of x86_64 aarch64 riscv64 riscv32 arm", arguments=[source, "--arch", "m68k"])
    other = {"riscv64-gcc": "riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d",
             "riscv32-gcc": "riscv64-unknown-elf-gcc -march=rv32gc -mabi=ilp32d",
             "arm-gcc": "arm-none-eabi-gcc -mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16"}.get(bench.name)
    if other is None:
        return
    bench.must(f"{other} -c {bench.write('b.c', 'double third(double x) { return x / 3; }')} -o {bench.path('b.o')}")
    bench.refuse("b.o", "float", arguments=[source, bench.path("b.o")])


def conventions_of_x86_64(bench):
    """System V or Microsoft's, by the driver, its flags, and what objects record; never a mixture that is seen."""
    if bench.name not in ("x86_64-gcc", "x86_64-clang"):
        return "for x86-64's compilers"
    system_v, microsoft, linux, windows = 1, 2, 1, 2
    source = bench.write("a.c", "int run(int x) { return x; }")
    other = bench.write("b.c", "int walk(int x) { return x; }")

    def expect(abi, platform, *arguments):
        module = bench.build(*arguments)
        equal((module.abi, module.platform), (abi, platform), f"abi and platform of {arguments}")

    expect(system_v, linux, source, "--cc", bench.driver)
    expect(system_v, 0, source, "--cc", bench.driver, "--platform", "any")
    if bench.name == "x86_64-clang":
        target = "clang --target=x86_64-pc-windows-gnu-elf"
        expect(microsoft, windows, source, "--cc", target)
        expect(microsoft, 0, source, "--cc", target, "--platform", "any")
        bench.refuse("a.c", "clang", "-mabi=ms", "x86_64-pc-windows-gnu-elf",
                     arguments=[source, "--cc", bench.driver, "--cflags", "-mabi=ms"])
        return None
    expect(microsoft, windows, source, "--cc", "gcc", "--cflags", "-mabi=ms")
    expect(microsoft, windows, source, "--cc", "gcc -mabi=sysv", "--cflags", "-mabi=ms")
    expect(system_v, linux, source, "--cc", "gcc -mabi=ms", "--cflags", "-mabi=sysv")
    plain = bench.object("a", "int run(int x) { return x; }")
    expect(system_v, linux, plain)
    expect(microsoft, windows, plain, "--cc", "gcc", "--cflags", "-mabi=ms")  # the object does not say
    for recorded in ("-g", "-frecord-gcc-switches"):
        ms = bench.object("ms", "int jump(int x) { return x; }", f"-O1 -mabi=ms {recorded}")
        expect(microsoft, windows, ms)
        expect(microsoft, windows, other, ms, "--cc", "gcc", "--cflags", "-mabi=ms")
        bench.refuse("ms.o", "Microsoft's calls", "System V calls", arguments=[other, ms, "--cc", "gcc"])
        own = bench.object("own", "int climb(int x) { return x; }", f"-O1 {recorded}")
        if recorded == "-g":
            bench.refuse("own.o", "System V calls", arguments=[ms, own])
            expect(system_v, linux, own, "--cc", "gcc", "--cflags", "-mabi=ms")
    divides = bench.write("d.c", "typedef unsigned __int128 wide; wide run(wide a, wide b) { return a / b; }")
    bench.refuse("libgcc", "System V", arguments=[divides, "--cc", "gcc", "--cflags", "-mabi=ms"])
    expect(microsoft, windows, divides, "--cc", "gcc", "--cflags", "-mabi=ms", "--no-helpers")
    return None


def arm_state_is_refused(bench):
    """Cortex-M has no Arm state; nor a GOT register that nobody sets. Unwind tables of Arm are left out."""
    if bench.name != "arm-gcc":
        return "for Arm's compiler"
    source = bench.write("a.c", "int run(int x) { return x; }")
    bench.must(f"arm-none-eabi-gcc -marm -march=armv7-a -c {source} -o {bench.path('arm.o')}")
    bench.refuse("arm.o(.text", "Arm-state", arguments=[bench.path("arm.o")])
    source = bench.write("b.c", "extern int far; int run(void) { return far; }")
    bench.must(f"{bench.driver} -fPIC -msingle-pic-base -c {source} -o {bench.path('r9.o')}")
    bench.refuse("r9.o(.text", "-msingle-pic-base", arguments=[bench.path("r9.o")])
    unwinding = bench.object("c", "int far(int); int run(int x) { return far(x) + 1; }", "-O1 -funwind-tables")
    module = bench.build(unwinding)
    equal([s.name for s in module.imports()], ["far"], "imports (none of the unwinder's)")
    return None


def thunks_keep_their_thumb_bit(bench):
    """(S + A) | T with an odd A: GCC's thunks for ARMv6-M."""
    if bench.name != "armv6m-gcc":
        return "for ARMv6-M's compiler"
    text = "struct A { virtual int f(); int a; }; struct B { virtual int g(); int b; };\n" \
           "struct C : A, B { int g() override; }; int C::g() { return 7; } int A::f() { return 1; } int B::g() { return 2; }\n"
    module = bench.build(bench.object("t", text, "-O0 -fpie -fno-rtti", ".cc"))
    thunk, target = module.symbol("_ZThn8_N1C1gEv"), module.symbol("_ZN1C1gEv")
    data = module.section(".text").bytes[thunk.value & ~1:]
    # push {r3}; ldr r3, [pc, #n]; ... add r3, pc: the literal is target + 1 - (address of the ADD + 4).
    add = next(i for i in range(0, 24, 2) if data[i:i + 2] == b"\x7b\x44")
    load = next(i for i in range(0, 24, 2) if data[i + 1] == 0x4B)
    literal = (((thunk.value & ~1) + load + 4) & ~3) + 4 * data[load] - (thunk.value & ~1)
    value, = struct.unpack_from("<i", data, literal)
    equal((thunk.value & ~1) + add + 4 + value, target.value | 1, "where the thunk jumps")
    return None


def far_addresses_go_by_stub(bench):
    """Narrow references to imports: BY_STUB, a stub, and no PIC flag where low addresses are needed."""
    if bench.arch == F.ARM or bench.arch == F.RISCV32:
        return "every address fits a word there"
    source = bench.write("a.c", "extern int far(int); extern int data; void *address(void) { return (void *)&far; }"
                         " int run(void) { return data; }")
    model = "-mcmodel=medlow" if bench.riscv else ""
    bench.must(f"{bench.driver} -fno-pic {model} -O1 -c {source} -o {bench.path('a.o')}")
    module = bench.build(bench.path("a.o"))
    far = next(s for s in module.imports() if s.name == "far")
    check(far.flags & F.BY_STUB and far.size, "far has no stub, or is not BY_STUB")
    low = any(r.type in ((10, 11) if bench.arch == F.X86_64 else (26,)) for r in module.records[".text"])
    equal(bool(module.flags & F.PIC), not low, "PIC")
    return None


def slot_read(module, record, records, unit=None):
    """The address that the instruction or literal of `record` reads from, in the default layout. Arm's literals count
    from where they are used: how far that is stands in the object's field."""
    addresses, code = module.addresses(), module.section(".text").bytes
    place, at = addresses[".text"] + record.offset, record.offset
    word, = struct.unpack_from("<I", code, at)
    if module.arch == F.AARCH64:
        pages = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
        low = min((r for r in records if r.type == 286 and r.offset > at), key=lambda r: r.offset)
        load, = struct.unpack_from("<I", code, low.offset)
        return (place & ~4095) + ((pages ^ 1 << 20) - (1 << 20) << 12) + (load >> 10 & 4095) * 8
    if module.arch in (F.RISCV64, F.RISCV32):
        low = next(r for r in records if r.type in LOW_PARTS and records[r.addend] is record)
        load, = struct.unpack_from("<i", code, low.offset)
        return place + (struct.unpack_from("<i", code, at)[0] & ~4095) + (load >> 20)
    if module.arch == F.X86_64:
        return place + 4 + struct.unpack_from("<i", code, at)[0]
    addend, = struct.unpack_from("<I", unit.data, unit.sections[unit.index(".text")][4] + at)
    return ((addresses[".got"] if record.type == 24 else place) + word - addend) & 0xFFFFFFFF


LOW_PARTS = (24, 25)
# The types left of those that named a slot: PC32; ADRP; PCREL_HI20; GOTOFF32, REL32.
READS = {F.X86_64: (2,), F.AARCH64: (275,), F.RISCV64: (23,), F.RISCV32: (23,), F.ARM: (24, 3)}


def addresses_go_by_word(bench):
    """Code that takes the address of a function with a stub reads a word of .data.rel.ro; all else reads .got."""
    text = """
extern int both(int), only_called(int), only_taken(int); extern int data; extern void give(int (*)(int));
int (*take(void))(int) { return both; } int (*other(void))(int) { return only_taken; }
int run(int x) { give(both); return both(x) + only_called(x) + data; } """
    source = bench.object("a", text, "-O1 -fPIC -fno-asynchronous-unwind-tables -fno-exceptions")
    module, unit = bench.build(source), Elf(source)
    words, got = module.records[".data.rel.ro"], module.records[".got"]
    equal([(r.name, r.offset, r.addend, r.settled) for r in words], [("both", 0, 0, False)], "words of .data.rel.ro")
    equal(sorted(r.name for r in got), ["both", "data", "give", "only_called", "only_taken"], "slots")
    equal({s.name for s in module.imports() if s.size}, {"both", "give", "only_called"}, "imports with a stub")
    check(not any(s.flags & F.BY_STUB for s in module.imports()), "PIC has made something BY_STUB")
    # Which pointers .text reads outside of its stubs; two functions take `both`'s address.
    addresses, records = module.addresses(), module.records[".text"]
    pointers = {addresses[".got"] + r.offset: r.name + " slot" for r in got}
    pointers[addresses[".data.rel.ro"]] = "both word"
    stubs = min(s.value & ~1 for s in module.imports() if s.size)
    reads = [pointers.get(slot_read(module, r, records, unit), "?") for r in records
             if r.offset < stubs and r.type in READS[module.arch] and r.name in (".got", ".data.rel.ro")]
    constant = bench.name in ("arm-gcc", "armv6m-gcc") # GOT_BREL within .got: a constant without a record
    equal(sorted(reads), ["both word", "both word"] + ([] if constant else ["data slot", "only_taken slot"]), "what code reads")


def calls_through_slots_stay(bench):
    """x86-64: `call *slot` and `jmp *slot` use the slot itself; any other use of it takes the address."""
    if bench.arch != F.X86_64:
        return "for x86-64"
    text = """.globl run\nrun: call both@PLT\ncall *both@GOTPCREL(%rip)\ncmp %rax, both@GOTPCREL(%rip)
push both@GOTPCREL(%rip)\njmp *both@GOTPCREL(%rip)\n.section .note.GNU-stack,"",@progbits\n"""
    module = bench.build(bench.object("a", text, "", ".s"))
    addresses, records = module.addresses(), module.records[".text"]
    stub = next(s.value for s in module.imports())
    reads = {r.offset: slot_read(module, r, records) - addresses[r.name] for r in records if r.offset < stub}
    equal({r.offset: r.name for r in records if r.offset < stub},
          {7: ".got", 14: ".data.rel.ro", 20: ".data.rel.ro", 26: ".got"}, "places that read a pointer")
    equal(set(reads.values()), {0}, "offsets of what they read")
    # Without a branch there is no stub, and one slot serves all.
    module = bench.build(bench.object("b", text.replace("call both@PLT\n", ""), "", ".s"))
    equal((module.section(".data.rel.ro"), len(module.records[".got"])), (None, 1), "words and slots without a stub")
    # A stub that only a narrow field asked for counts, too.
    module = bench.build(bench.object("c", text.replace("call both@PLT", "mov $both, %eax"), "", ".s"))
    equal([(r.name, r.offset) for r in module.records[".data.rel.ro"]], [("both", 0)], "words with a narrow reference")
    return None


def label_differences_are_settled(bench):
    """RISC-V: no ALIGN, RELAX, and no difference of labels of one section is left."""
    if not bench.riscv:
        return "for RISC-V"
    text = "__attribute__((aligned(16))) int one(int x) { return x + 1; } __attribute__((aligned(64))) int two(int x)" \
           " { return x > 3 ? one(x) : x; }"
    module = bench.build(bench.object("a", text, "-O1 -fasynchronous-unwind-tables"))
    equal((module.symbol("one").value % 16, module.symbol("two").value % 64), (0, 0), "alignment of functions")
    for name, records in module.records.items():
        check(not any(33 <= r.type <= 40 or 52 <= r.type <= 56 for r in records), f"a difference is left in {name}")
    return None


def sources_are_compiled(bench):
    """A source through the driver: hash, options and flags recorded, nothing left behind; errors told."""
    source = bench.write("s.c", "int run(void) { return 3; }\n")
    temporary = bench.path("temporary")
    os.mkdir(temporary)
    os.environ["TMPDIR"] = temporary
    try:
        module = bench.build(source, "--cc", bench.driver, "--cflags", "-O1 -DX='a b'")
        hash64 = 0xCBF29CE484222325
        for byte in open(source, "rb").read():
            hash64 = (hash64 ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        equal(module.source_hash, hash64, "source_hash")
        equal(tuple(module.options[8:]), (3, 1, bench.arch, 4, 0, 0, 0, 0), "backend, optimisation, arch, flags")
        broken = bench.write("broken.c", "int run(void) { return nothing; }\n")
        result = bench.run("-o", bench.path("x.smf"), "--cc", bench.driver, broken)
        equal((result.returncode, os.path.exists(bench.path("x.smf"))), (1, False), "exit status and output")
        check("broken.c: " in result.stderr.splitlines()[-1], "the last line does not name the source")
        equal(os.listdir(temporary), [], "temporary files")
    finally:
        del os.environ["TMPDIR"]
    bench.refuse("no/such/compiler", arguments=[source, "--cc", "no/such/compiler"])


def words_of_the_header(bench):
    """Name, version, needs, platform, reloadable, stub."""
    source = bench.object("a", "int run(void) { return 1; }")
    stub = bench.write("stub", "#!/bin/run\n")
    module = bench.build(source, "--name", "engine", "--module-version", "1.20.300", "--state-version", "5", "--needs", "base",
                         "--needs", "other", "--platform", "freebsd", "--reloadable", "--stub", stub)
    note = module.section("note.module").bytes
    check(b"engine" in note and struct.pack("<3H", 1, 20, 300) in note, "note.module lacks name or version")
    equal(module.section("note.deps").bytes[:4], struct.pack("<I", 2), "rows of note.deps")
    equal((module.platform, module.flags & F.RELOADABLE), (4, F.RELOADABLE), "platform and RELOADABLE")
    equal((module.stub_size % 16, module.bytes[:10], module.bytes[module.stub_size - 1:module.stub_size]),
          (0, b"#!/bin/run", b"\n"), "stub")
    default = {F.X86_64: 1, F.ARM: 5}.get(bench.arch, 0)
    equal(bench.build(source).platform, default, "platform by default")
    bench.refuse("platform", "'amiga'", arguments=[source, "--platform", "amiga"])
    bench.refuse("name", arguments=[source, "--name", "x" * 64])
    bench.refuse("not/there.o", arguments=["not/there.o"])
    bench.refuse("stub:", arguments=[stub])


def interface(*names):
    """The hash over names and kinds (function 1, data 2), in any order. smf/interface.h"""
    total, ones = 0, 2 ** 64 - 1
    for name, kind in names:
        value = 0xCBF29CE484222325
        for byte in name.encode() + bytes((0, kind)):
            value = (value ^ byte) * 0x100000001B3 & ones
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            value = (value ^ value >> 33) * factor & ones
        total += value ^ value >> 33
    return total & ones or 1


def needs_carry_interfaces(bench):
    """--needs NAME=HASH, and NAME=@FILE of a module or of a list; without one 0. smf inspect shows them and the own one."""
    source = bench.object("a", "int run(void) { return 1; } int number = 2;")
    bench.build(source, output="base.smf")
    listed = bench.write("host.list", "# the host\nled_set confined\nleds data\nled_get function\n")
    module = bench.build(source, "--needs", "plain", "--needs", "given=0x0123456789abcdef", "--needs", "short=5",
                         "--needs", "base=@" + bench.path("base.smf"), "--needs", "host=@" + listed)
    base, host = interface(("run", 1), ("number", 2)), interface(("leds", 2), ("led_get", 1), ("led_set", 1))
    rows, note, at = [], module.section("note.deps").bytes, 4
    for _ in range(struct.unpack_from("<I", note)[0]):
        length, = struct.unpack_from("<I", note, at)
        rows.append((note[at + 4:at + 4 + length].decode(), struct.unpack_from("<Q", note, at + 4 + length)[0]))
        at += 12 + length
    wanted = [("plain", 0), ("given", 0x0123456789ABCDEF), ("short", 5), ("base", base), ("host", host)]
    equal(rows, wanted, "rows of note.deps")
    shown = bench.must(f"{bench.smf} inspect {bench.path('out.smf')}").stdout
    for line in (f"interface 0x{base:016x}\n", f"needs     host, interface 0x{host:016x}\n", "needs     plain\n"):
        check(line in shown, f"{line!r} is not in what smf inspect says")
    found = json.loads(bench.must(f"{bench.smf} inspect --json {bench.path('out.smf')}").stdout)
    equal((found["interface"], found["needs"], found["needs_interfaces"]),
          (f"0x{base:016x}", [name for name, _ in wanted], [f"0x{value:016x}" if value else None for _, value in wanted]),
          "smf inspect --json")
    for words in ("base=", "base=xyz", "base=0x", "base=12345678901234567", "base=-1", "base=0x0x1"):
        result = bench.run(source, "--needs", words)
        equal((result.returncode, "--needs takes" in result.stderr), (2, True), f"exit status and message of {words}")
    bench.refuse("not/there", arguments=[source, "--needs", "base=@not/there"])
    bench.refuse("bad.list:1: ", arguments=[source, "--needs", "host=@" + bench.write("bad.list", "one two\n")])
    bench.refuse("cut.smf", arguments=[source, "--needs", "base=@" + bench.write("cut.smf", "SMF\0")])
    bench.refuse("name", arguments=[source, "--needs", "=5"])


def older_layouts(bench):
    """R72 and R96: no imports settled, types 1 to 9 only; what they cannot say is refused."""
    plain = bench.object("plain", "static int n[4]; int far(int); int add(int a, int b) { return a + b + n[a & 3]++; }"
                         " int run(int x) { return far(x) + 1; }")
    data = bench.object("data", "int exported = 3; int run(void) { return 4; }")
    for layout, magic in (("r72", 72), ("r96", 96)):
        arguments = ["--layout", layout, "--no-helpers"]
        if bench.arch in (F.X86_64, F.AARCH64):
            result = bench.run("-o", bench.path("old.smf"), *arguments, plain)
            check(result.returncode == 0, result.stderr)
            header = open(bench.path("old.smf"), "rb").read()
            equal((header[:4], struct.unpack_from("<Q", header, 16 if magic == 72 else 24)[0]), (b"SMF\0", magic), "header")
            bench.must(f"{bench.smf} verify {bench.path('old.smf')}")
        else:
            bench.refuse("this layout cannot say", "R_", arguments=[*arguments, plain])
        bench.refuse("'exported'", arguments=[*arguments, data])


def debug_information(bench):
    """-g: OUT.elf with the same sections, joined DWARF, and the module's hash."""
    source = bench.object("a", CALLER, "-O1 -g")
    second = bench.object("b", "int another(int x) { int local = x * 2; return local; }", "-O1 -g")
    module = bench.build("-g", source, second)
    unit = Elf(bench.path("out.smf.elf"))
    for section in module.sections:
        if section.type in (F.CODE, F.RODATA, F.DATA):
            entry = unit.sections[unit.index(section.name)]
            equal(unit.data[entry[4]:entry[4] + entry[5]], section.bytes, f"bytes of {section.name}")
    note = unit.sections[unit.index(".note.smf")]
    equal(unit.data[note[4] + 16:note[4] + 24], struct.pack("<Q", module.hash), "hash in .note.smf")
    check(module.flags & F.DEBUG, "DEBUG_INFO is not set")
    dump = subprocess.run(["readelf", "--debug-dump=info,decodedline", bench.path("out.smf.elf")], capture_output=True, text=True)
    check("another" in dump.stdout and "hidden_twice" in dump.stdout, "functions are missing in the DWARF")
    check("b.c" in dump.stdout and "a.c" in dump.stdout, "files are missing in the line table")


def modules_by_cmake(bench):
    """smf_add_module() with the project's compiler: plain; and with everything said, an archive included."""
    toolchain = {"x86_64-gcc": "", "arm-gcc": "cortex-m3", "riscv32-gcc": "riscv32", "aarch64-gcc": "linux-aarch64"}.get(bench.name)
    if toolchain is None:
        return "tried with four compilers"
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    file = f" -DCMAKE_TOOLCHAIN_FILE={root}/cmake/toolchains/{toolchain}.cmake" if toolchain else ""
    bench.must(f"cmake -G Ninja -S {here}/add_module -B {bench.path('tree')} -DSMF_COMMAND={bench.smf}"
               f" -DSMF_ADD_MODULE={root}/cmake/SmfAddModule.cmake" + file)
    bench.must(f"cmake --build {bench.path('tree')}")
    plain, full = F.Module(bench.path("tree/plain.smf")), F.Module(bench.path("tree/made/complete.smf"))
    equal(open(bench.path("tree/path.txt")).read(), bench.path("tree/made/complete.smf"), "property SMF_MODULE")
    for module in (plain, full):
        equal((module.arch, F.broken_rules(module)), (bench.arch, []), "arch and broken rules")
    equal(sorted(s.name for s in plain.exports()), ["start", "twice"], "exports of plain")
    equal(sorted(s.name for s in full.exports()), ["helper_of", "start", "twice"], "exports of full")
    equal(full.flags & (F.EXECUTABLE | F.RELOADABLE), F.EXECUTABLE | F.RELOADABLE, "flags of full")
    note = full.section("note.module").bytes
    check(b"engine" in note and struct.pack("<3H", 1, 2, 3) in note, "name or version of full")
    check(struct.pack("<HHI", 3, 4, 7) in note, "state version of full")
    return None


PER_COMPILER = [modules_by_cmake, imports_have_slots_and_stubs, equals_gnu_ld, distances_are_settled, same_input_same_bytes, comdat_groups_once,
                archive_members_as_needed, helpers_stay_local, common_goes_to_bss, init_arrays_by_priority,
                visibility_decides_exports, handles_are_the_modules_own, kept_sections_stay_apart, kept_sections_hold_no_pointers, addresses_go_by_word, calls_through_slots_stay, entry_comes_first,
                abi_and_cpu_are_recorded, thread_local_storage_is_refused, indirect_functions_are_refused,
                duplicates_are_refused, undefined_symbols_can_be_refused, unknown_types_are_refused, names_cannot_break_the_line, unfit_values_are_refused,
                mixed_machines_are_refused, conventions_of_x86_64, arm_state_is_refused, thunks_keep_their_thumb_bit, far_addresses_go_by_stub,
                label_differences_are_settled, sources_are_compiled, words_of_the_header, needs_carry_interfaces, older_layouts, debug_information]


def main():
    smf, wanted = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    number = failed = 0
    for case in PER_COMPILER:
        for compiler, (driver, *_) in COMPILERS.items():
            name = f"{case.__name__}:{compiler}"
            if wanted and wanted not in (case.__name__, name, ":" + compiler):
                continue
            why = None
            if shutil.which(driver.split()[0]) is None or shutil.which(COMPILERS[compiler][1].split()[0]) is None:
                why = "not installed"
            else:
                with tempfile.TemporaryDirectory() as directory:
                    try:
                        why = case(Bench(smf, directory, compiler))
                    except Failed as error:
                        failed += 1
                        number += 1
                        print(f"not ok {number} - {name} -> {error}  # rerun: {sys.argv[0]} {smf} {name}")
                        continue
            number += 1
            print(f"ok {number} - {name}" + (f" # SKIP {why}" if why else ""))
    print(f"1..{number}")
    return 1 if failed or number == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
