#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What once broke `smf build`, one case each, and objects that no compiler made. traps.py SMF MUTATE [CASE]; TAP."""
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(__file__), "..", "harness")]
import build as B  # noqa: E402
from build import check, equal  # noqa: E402
from elf import Elf  # noqa: E402

X86, RISCV = "x86_64-gcc", "riscv64-gcc"


def assemble(bench, name, text):
    source = bench.write(name + ".s", text)
    bench.must(f"{bench.driver} -c {source} -o {bench.path(name)}.o")
    return bench.path(name) + ".o"


def section_header(unit, name, field, value):
    """The object with one word of one section's header replaced: field 1 type, 6 link, 7 info."""
    data = bytearray(unit.data)
    table, = struct.unpack_from("<Q", data, 0x28)
    struct.pack_into("<I", data, table + 64 * unit.index(name) + {1: 4, 6: 40, 7: 44}[field], value)
    return bytes(data)


def save(bench, name, data):
    with open(bench.path(name), "wb") as file:
        file.write(data)
    return bench.path(name)


FRAMED = "int far(int); int data[3] = {1, 2, 3}; int *p = data; int run(int x) { return far(x) + *p; }"


def a_second_section_of_relocations(bench):
    """Two for one section: the first was not looked at, and its section left unrelocated."""
    unit = Elf(bench.object("a", FRAMED))
    changed = section_header(unit, ".rela.eh_frame", 7, unit.index(".text"))
    bench.refuse("b.o(.rela.eh_frame", "second section of relocations", arguments=[save(bench, "b.o", changed)])
    changed = section_header(unit, ".rela.text", 7, 0)
    bench.refuse("b.o(.rela.text", "which there is not", arguments=[save(bench, "b.o", changed)])
    changed = section_header(unit, ".rela.text", 1, 19) # SHT_RELR
    bench.refuse("b.o(.rela.text", "0x13", arguments=[save(bench, "b.o", changed)])
    changed = section_header(unit, ".rela.text", 6, unit.index(".data"))
    bench.refuse("b.o(.text", "no symbol table", arguments=[save(bench, "b.o", changed)])


def relocations_without_bytes(bench):
    unit = Elf(bench.object("a", FRAMED))
    changed = section_header(unit, ".text", 1, 8) # SHT_NOBITS
    bench.refuse("b.o(.text", "no bytes", arguments=[save(bench, "b.o", changed)])


def local_symbols_without_a_place(bench):
    """A local symbol that is undefined, or COMMON, has no name to be found by."""
    source = assemble(bench, "a", ".text\n.globl run\nrun: call inner\nret\n.section .other,\"ax\"\ninner: ret\n")
    unit = Elf(source)
    index = next(i for i, s in enumerate(unit.symbols()) if s[0] == "inner")
    table = next(s for s in unit.sections if s[1] == 2)
    for place in (0, 0xFFF2):
        data = bytearray(unit.data)
        struct.pack_into("<H", data, table[4] + 24 * index + 6, place)
        relocations = next(s for s in unit.sections if s[10] == ".rela.text")
        struct.pack_into("<I", data, relocations[4] + 12, index)
        bench.refuse("b.o(.text+0x1)", "'inner'", "no place", arguments=[save(bench, "b.o", bytes(data))])


def parts_of_pointers_in_ctors(bench):
    """.ctors is turned round pointer by pointer: what patches less would be moved out of its section."""
    source = assemble(bench, "a", ".section .ctors,\"aw\"\n.quad 0\n.long 0\n.long run\n.text\n.globl run\nrun: ret\n")
    bench.refuse("a.o(.ctors+0xc)", arguments=[source])
    source = assemble(bench, "b", ".section .ctors,\"aw\"\n.quad run\n.long 0\n.text\n.globl run\nrun: ret\n")
    bench.refuse("b.o(.ctors", "array of pointers", arguments=[source])


def sizes_that_wrap(bench):
    """Sizes whose sum is small again; and code that is larger than anybody's memory, without bytes in its file."""
    huge = ".bss\n.globl {0}\n{0}: .skip 0x7ffffffffffffff0\n"
    parts = [assemble(bench, name, huge.format(name)) for name in "abc"]
    bench.refuse("a.o(.bss", "size of", arguments=parts)
    source = assemble(bench, "d", ".section .keep.x,\"aw\",@nobits\n.skip 0x1000000000\n.text\nrun: ret\n")
    bench.refuse("d.o(.keep.x", "larger than", arguments=[source])
    source = assemble(bench, "e", ".comm odd, 8, 8\n.text\nrun: mov odd(%rip), %eax\n")
    unit = Elf(source)
    table = next(s for s in unit.sections if s[1] == 2)
    index = next(i for i, s in enumerate(unit.symbols()) if s[0] == "odd")
    data = bytearray(unit.data)
    struct.pack_into("<Q", data, table[4] + 24 * index + 8, 24)
    bench.refuse("f.o", "'odd'", "alignment 24", arguments=[save(bench, "f.o", bytes(data))])


def alignments_that_overlap(bench):
    """RISC-V ALIGN: two whose surplus bytes are the same ones."""
    unit = Elf(assemble(bench, "a", ".text\n.globl run\nrun: c.nop\n.balign 16\nret\nc.nop\n.balign 16\nret\n"))
    relocations = next(s for s in unit.sections if s[10] == ".rela.text")
    places = [i for i, r in enumerate(unit.relocations(unit.index(".text"))) if r[1] == 43]
    check(len(places) >= 2, "no two ALIGN")
    data = bytearray(unit.data)
    first, = struct.unpack_from("<Q", data, relocations[4] + 24 * places[0])
    struct.pack_into("<Q", data, relocations[4] + 24 * places[1], first + 2)
    bench.refuse("b.o(.text", "R_RISCV_ALIGN", arguments=[save(bench, "b.o", bytes(data))])


def branches_to_numbers(bench):
    """`call 0x1000` has a PLT relocation without a symbol: it needs no PLT."""
    module = bench.build(assemble(bench, "a", ".text\n.globl run\nrun: call 0x1000\nret\n"))
    equal([(r.type, r.name) for r in module.records[".text"]], [(2, None)], "records of .text")


def the_output_is_an_input(bench):
    source = bench.object("a", "int run(void) { return 1; }")
    os.link(source, bench.path("same.o"))
    before = open(source, "rb").read()
    bench.refuse("a.o", "input and the output", arguments=[source], output="same.o")
    check(open(source, "rb").read() == before, "the input was changed")


def the_output_is_a_pipe(bench):
    """Devices and pipes are written to, not replaced: -o /dev/null must leave /dev/null."""
    source, pipe, read = bench.object("a", "int run(void) { return 1; }"), bench.path("pipe"), []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(open(pipe, "rb").read()))
    reader.start()
    result = bench.run("-o", pipe, source)
    if not stat.S_ISFIFO(os.stat(pipe).st_mode):
        os.unlink(pipe)
        raise B.Failed("the pipe was replaced by a file")
    reader.join()
    equal((result.returncode, result.stderr, read[0][-128:-124]), (0, "", b"SMF\0"), "status, standard error, header")


def names_that_start_with_a_dash(bench):
    bench.write("-dash.c", "int run(void) { return 1; }")
    module = bench.build("--cc", bench.driver, "--", "-dash.c")
    equal([s.name for s in module.exports()], ["run"], "exports")


def archives_without_members(bench):
    source = bench.object("a", "int run(void) { return 1; }")
    bench.must(f"{bench.ar} rc {bench.path('empty.a')}")
    equal([s.name for s in bench.build(source, bench.path("empty.a")).exports()], ["run"], "exports")
    bench.must(f"{bench.ar} rcT {bench.path('thin.a')} {source}")
    bench.refuse("thin.a", "thin archive", arguments=[bench.path("thin.a")])


def sets_have_a_start_and_a_stop(bench):
    """Sections named like C identifiers lie side by side, of whatever kind, between __start_NAME and __stop_NAME."""
    first = bench.object("first", """
__attribute__((section("numbers"), used)) static const long one = 1; long apart = 50;
extern const long __start_numbers[], __stop_numbers[]; extern long __start_zeros[], __stop_zeros[];
extern int none_start __asm__("__start_nothing") __attribute__((weak));
long run(void) { long sum = 0; for (const long *at = __start_numbers; at < __stop_numbers; at++) sum = sum * 10 + (*at & 7);
return sum * 100 + (__stop_zeros - __start_zeros) * 10 + (&none_start != 0); } """)
    second = bench.object("second", """
long before = 6;
__attribute__((section("numbers"), used)) static const long two[2] = {2, 3};
__attribute__((section("zeros"), used)) static long nothing[3]; long *keep(void) { return nothing; } """)
    third = bench.object("third", """
static char target[16] __attribute__((aligned(8)));
__attribute__((section("numbers"), used)) static char *const place = &target[4]; """)
    module = bench.build(first, second, third)
    equal([s.name for s in module.imports()], ["__start_nothing"], "imports")
    check(not any(s.name.startswith("__st") for s in module.exports()), "the ends are exported")
    found = subprocess.run([bench.smf, "call", bench.path("out.smf"), "run"], capture_output=True, text=True)
    equal((found.stdout, found.stderr), ("123430\n", ""), "what run() says")


def versions_of_libraries(bench):
    """.symver: the host's library is asked for that version."""
    bench.build(bench.object("a", """__asm__(".symver old,memcpy@GLIBC_2.2.5"); void *old(void *, const void *, unsigned long);
long run(void) { char to[4]; old(to, "abc", 4); return to[1]; }"""))
    found = subprocess.run([bench.smf, "call", bench.path("out.smf"), "run"], capture_output=True, text=True)
    equal((found.stdout, found.stderr), ("98\n", ""), "what run() says")


def a_folder_as_stub(bench):
    """A folder can be opened and says that it has 2^63 - 1 bytes: 'Cannot allocate memory' was no help."""
    bench.refuse(": Is a directory", arguments=[bench.object("a", "int run(void) { return 1; }"), "--stub", bench.directory])


def bitcode_is_named(bench):
    """Clang's LTO objects are no ELF files: what they are has to be said, and what helps."""
    source = save(bench, "lto.o", b"BC\xC0\xDE" + bytes(60))
    bench.refuse("lto.o", "bitcode", "-fno-lto", arguments=[source])


def mutated_objects(bench):
    """Thousands of objects of all machines with odd values in them: built or refused with one line."""
    text = """
extern int imported(int); extern int number; int table[5] = {1, 2, 3}; int zero[40]; int shared[7];
static int other(int x) { return x ? other(x - 1) + zero[x] : shared[x]; }
int (*const pointers[])(int) = {other, imported}; __attribute__((section(".keep.s"))) int kept = 4;
__attribute__((constructor(300))) static void up(void) { zero[3] = number; }
__attribute__((section(".ctors.00200"), used)) static void (*const two[2])(void) = {up, up};
__attribute__((aligned(64))) int pick(int x) { switch (x) { case 0: return imported(4); case 1: return 7;
case 2: return other(x) + 9; case 3: return 11; case 4: return 12; case 5: return 77; } return zero[x & 7]; }
__attribute__((weak)) int maybe(int); int perhaps(void) { return maybe ? maybe(1) : 3; }
"""
    objects = []
    for compiler, (driver, *_) in B.COMPILERS.items():
        if shutil.which(driver.split()[0]) is not None:
            one = B.Bench(bench.smf, bench.directory, compiler)
            flags = "-O1 -g -fcommon -ffunction-sections -fasynchronous-unwind-tables"
            objects += [one.object(compiler, text, flags), one.object(compiler + "++", B.CLASS % "f", flags + " -fno-exceptions", ".cc")]
    result = subprocess.run([MUTATE, bench.directory, "1", "3000", *objects], capture_output=True, text=True)
    check(result.returncode == 0, result.stdout + result.stderr[:2000] + result.stderr[-2000:])


CASES = [(X86, case) for case in (a_second_section_of_relocations, relocations_without_bytes,
                                  local_symbols_without_a_place, parts_of_pointers_in_ctors, sizes_that_wrap,
                                  branches_to_numbers, the_output_is_an_input, the_output_is_a_pipe,
                                  names_that_start_with_a_dash, archives_without_members, bitcode_is_named, sets_have_a_start_and_a_stop,
                                  versions_of_libraries, a_folder_as_stub,
                                  mutated_objects)]
CASES += [(RISCV, alignments_that_overlap)]


def main():
    global MUTATE
    smf, MUTATE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    chosen = [case for case in CASES if len(sys.argv) < 4 or case[1].__name__ == sys.argv[3]]
    failed = 0
    for number, (compiler, case) in enumerate(chosen, 1):
        why = None
        if shutil.which(B.COMPILERS[compiler][0].split()[0]) is None:
            print(f"ok {number} - {case.__name__} # SKIP {compiler} is not installed")
            continue
        with tempfile.TemporaryDirectory() as directory:
            try:
                case(B.Bench(smf, directory, compiler))
            except B.Failed as error:
                failed += 1
                why = str(error).replace("\n", "\n#   ")
        rerun = f" -> {why}  # rerun: {sys.argv[0]} {smf} {MUTATE} {case.__name__}"
        print(f"{'not ' if why else ''}ok {number} - {case.__name__}{rerun if why else ''}")
    print(f"1..{len(chosen)}")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
