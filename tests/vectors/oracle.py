#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make relocation vectors with the GNU assemblers and linkers as the oracle.

    oracle.py DIRECTORY            write DIRECTORY/<arch>.inc and stubs.inc
    oracle.py --compare DIRECTORY  make them anew, fail if a file there differs
                                   (exit 77, with the reason, if a tool is absent)

Each vector is one small section: its bytes as assembled, its relocations with
S, A and P as the linker saw them, and its bytes after the link, or the fact
that the linker refused. A branch that the linker leads to a stub of its own
(the section grows) counts as refused: without a stub it does not reach.

Deliberate differences (verdict DIFFERS): GNU ld stores what is left after
truncation, and says nothing; the engine refuses. See differs().
"""
import concurrent.futures
import filecmp
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
sys.dont_write_bytecode = True
from elf import Elf  # noqa: E402

REFUSED, AGREES, DIFFERS = 0, 1, 2


def extend(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def arm_addend(number, data):
    """The addend that a REL object keeps in place, read from the manual and not from the engine."""
    half = struct.unpack_from("<HH", data + b"\0\0\0\0")
    word = half[0] | half[1] << 16
    if number == 0:
        return 0
    if number in (10, 30):
        s, j1, j2 = half[0] >> 10 & 1, half[1] >> 13 & 1, half[1] >> 11 & 1
        value = s << 24 | (1 - (j1 ^ s)) << 23 | (1 - (j2 ^ s)) << 22 | (half[0] & 0x3FF) << 12 | (half[1] & 0x7FF) << 1
        return extend(value, 25)
    if number == 51:
        s, j1, j2 = half[0] >> 10 & 1, half[1] >> 13 & 1, half[1] >> 11 & 1
        return extend(s << 20 | j2 << 19 | j1 << 18 | (half[0] & 0x3F) << 12 | (half[1] & 0x7FF) << 1, 21)
    if number in (47, 48, 49, 50):
        value = (half[0] & 15) << 12 | (half[0] >> 10 & 1) << 11 | (half[1] >> 12 & 7) << 8 | half[1] & 0xFF
        return extend(value, 16)
    if number == 102:
        return extend((half[0] & 0x7FF) << 1, 12)
    if number == 103:
        return extend((half[0] & 0xFF) << 1, 9)
    if 132 <= number <= 135:
        return half[0] & 0xFF
    return extend(word, {5: 16, 8: 8, 42: 31}.get(number, 32))


def differs(arch, number, s, a, p):
    """Why we refuse what GNU ld 2.40 stores after dropping bits, or None."""
    value = s + a - p
    if arch == "aarch64" and number in (273, 279, 280, 282, 283) and value & 3:
        return "ld drops the low bits of the distance to a target that is no instruction"
    if arch == "aarch64" and number == 311 and not -(1 << 32) <= extend((s + a & ~0xFFF) - (p & ~0xFFF), 64) < 1 << 32:
        return "ld does not check the distance to the GOT's page, as the psABI wants"
    if arch == "x86_64" and number == 13 and not -(1 << 15) <= extend(value, 64) < 1 << 15:
        return "ld takes 16 bits to hold -2^16 to 2^16 - 1, for code that wraps round at 64 KiB"
    if arch == "riscv64" and number == 1 and not -(1 << 31) <= extend(s + a, 64) < 1 << 31:
        return "ld keeps the low 32 bits of an address"
    if arch == "riscv64" and number == 57 and not -(1 << 31) <= extend(value, 64) < 1 << 31:
        return "ld keeps the low 32 bits of a distance"
    return None


class Arch:
    def __init__(self, name, base, assembler, linker, prologue, templates, slots=()):
        self.name, self.base, self.assembler, self.linker = name, base, assembler, linker
        self.prologue, self.templates, self.slots = prologue, templates, set(slots)
        self.mask = (1 << (32 if name in ("arm", "riscv32") else 64)) - 1


def around(*reaches):
    """Distances on both sides of each limit, in steps of the smallest instruction."""
    return [sign * reach + step for reach in reaches for sign in (1, -1) for step in (-4, -2, 0, 2, 4)]


NEAR = [0x10, -0x10, 0x7F0, -0x7F0, 0x800, 0xFFC, 0x1000, 0x12345678, -0x12345670]
ABSOLUTE = [0, 0x7E, 0x80, 0x1234, 0xFFF0, 0xFFFE, 0x10000, 0x12345678, 0x7FFFF7FE, 0x7FFFF800, 0x7FFFFFFE, 0x80000000,
            0xFFFFFFF0]
HUGE = [0x100000000, 0x123456789ABCDEF0, 0xFFFFFFFFFFFFFFF0, 0xFFFFFFFF80000000, 0xFFFFFFFF7FFFF800, 0xFFFFFFFF7FFFFFF0,
        0xFFFFFFFFFFFF0010, 0xFFFFFFFFFFFEFFF0, 0xFFFFFFFEFFFFFFF0, 0x0000FFFFFFFFFFF0, 0x0001000000000000]

# A template: (source, distances from the section's start, addresses, kind). Kinds: "" data symbol, "f" Thumb function,
# "g" with .got placed at the distances and sym at a fixed address, "d" as "" and other = sym - 0x1234.
FIXED = 0x40345678


def plain(source, *reaches, absolute=()):
    return (source, NEAR + around(*reaches), list(absolute), "")


def address(source):
    return (source, NEAR, ABSOLUTE + HUGE, "")


def got(source, *reaches):
    return (source, [0x2000, 0x12340, -0x23450, 0x7FF8, 0x10000000] + [d for d in around(*reaches) if d % 8 == 0], [], "g")


X86 = [address(s) for s in (".quad sym+8", ".byte 0xB8; .long sym", "movq $sym,%rax", ".long sym-1", "movq $sym+16,%rax")] + [
    plain(".long sym-.", 1 << 31), plain("call sym", 1 << 31), plain("leaq sym+8(%rip),%rax", 1 << 31),
    plain(".short sym-.", 1 << 15), plain(".byte sym-.", 1 << 7), plain(".quad sym-.", 1 << 31),
    plain(".reloc ., R_X86_64_NONE, sym; nop"),
    got("movabs $sym@GOTOFF,%rax"), got("leaq _GLOBAL_OFFSET_TABLE_(%rip),%rax", 1 << 31),
    got("movabs $_GLOBAL_OFFSET_TABLE_-.,%rax"), got("movabs $sym@GOT,%rax"), got(".quad sym@GOTPCREL"),
    got("movabs $sym@PLTOFF,%rax"), got(".reloc ., R_X86_64_GOTPCREL, sym-4; .long 0x55555555", 1 << 31),
    got(".byte 0xFF,0x35; .reloc ., R_X86_64_GOTPCRELX, sym-4; .long 0", 1 << 31), got(".byte 0x48,0xFF,0x35; .reloc ., R_X86_64_REX_GOTPCRELX, sym-4; .long 0",
                                                 1 << 31)]

LO12 = ["add x0,x0,:lo12:sym", "sub x0,x0,#0\n.reloc .-4, R_AARCH64_ADD_ABS_LO12_NC, sym", "ldrb w0,[x1,:lo12:sym]", "strb w0,[x1,:lo12:sym]",
        "ldrsb x0,[x1,:lo12:sym]", "ldrh w0,[x1,:lo12:sym]", "ldrsh x0,[x1,:lo12:sym]", "ldr w0,[x1,:lo12:sym]",
        "ldrsw x0,[x1,:lo12:sym]", "ldr s0,[x1,:lo12:sym]", "ldr x0,[x1,:lo12:sym]", "str x0,[x1,:lo12:sym]",
        "ldr d0,[x1,:lo12:sym]", "ldr q0,[x1,:lo12:sym]", "str q0,[x1,:lo12:sym]", "ldr b0,[x1,:lo12:sym]",
        "ldr h0,[x1,:lo12:sym]"]
AARCH64 = [address(s) for s in (".xword sym+8", ".word sym", "movz x0,#:abs_g0:sym", "movk x0,#:abs_g0_nc:sym", "movz x0,#:abs_g1:sym",
                                "movk x0,#:abs_g1_nc:sym", "movz x0,#:abs_g2:sym", "movk x0,#:abs_g2_nc:sym", "movz x0,#:abs_g3:sym",
                                "movz x0,#:abs_g0_s:sym", "movn x0,#:abs_g1_s:sym", "movz x0,#:abs_g2_s:sym")] + [
    plain("movz x0,#:prel_g0:sym", 1 << 16), plain("movk x0,#:prel_g0_nc:sym", 1 << 16), plain("movz x0,#:prel_g1:sym", 1 << 32),
    plain("movk x0,#:prel_g1_nc:sym", 1 << 32), plain("movz x0,#:prel_g2:sym", 1 << 48),
    plain("movk x0,#:prel_g2_nc:sym", 1 << 48), plain("movz x0,#:prel_g3:sym", 1 << 62)] + [
    (s, [d + k for d in (0x10, 0x7F0, 0x800, 0xFF0, 0x12000) for k in (0, 1, 2, 4, 8)], [], "") for s in LO12] + [
    plain(".word sym-.", 1 << 31), plain(".xword sym-.", 1 << 31), plain(".hword sym-.", 1 << 15),
    plain("ldr x0,sym", 1 << 20), plain("adr x0,sym", 1 << 20), plain("tbz x0,#3,sym", 1 << 15), plain("b.eq sym", 1 << 20),
    plain("cbnz x0,sym+8", 1 << 20), plain("b sym", 1 << 27), plain("bl sym", 1 << 27),
    plain("adrp x0,sym", 1 << 32, (1 << 32) - 0x1000, (1 << 32) + 0x1000), plain("adrp x0,:pg_hi21_nc:sym", 1 << 32),
    plain(".reloc ., R_AARCH64_NONE, sym; nop"), got("adrp x0,:got:sym\nldr x0,[x0,:got_lo12:sym]", 1 << 32),
    got("ldr x0,:got:sym", 1 << 20), got("ldr x0,[x1,:gotpage_lo15:sym]")]
# lld calls 4 bytes out of reach what ends a word before 2^31
AARCH64_LLD = [(".word sym@plt - .", NEAR + [d for d in around(1 << 31) if d % 4 == 0], [], "")]

PAIR = "1: auipc a0,%{}(sym)\naddi a0,a0,%pcrel_lo(1b)\nsw a1,%pcrel_lo(1b)(a0)"
HI = [0x7FFFF7FE, 0x7FFFF800, 0x7FFFF802, -0x80000800, -0x80000802]
RISCV = [address(s) for s in (".word sym", ".dword sym+8", "lui a0,%hi(sym)\naddi a0,a0,%lo(sym)\nsw a1,%lo(sym)(a0)")] + [
    plain(".reloc ., R_RISCV_BRANCH, sym\n.word 0x00b50063", 1 << 12), plain("jal ra,sym", 1 << 20),
    (PAIR.format("pcrel_hi"), NEAR + HI, [], ""), ("call sym", NEAR + HI, [], ""),
    (".reloc ., R_RISCV_CALL, sym\nauipc ra,0\njalr ra", NEAR + HI, [], ""),
    (".reloc ., R_RISCV_CALL_PLT, sym\nauipc ra,0\njalr ra", NEAR + HI, [], ""),
    plain(".reloc ., R_RISCV_RVC_BRANCH, sym\n.half 0xc101", 1 << 8), plain(".reloc ., R_RISCV_RVC_JUMP, sym\n.half 0xa001", 1 << 11),
    plain(".reloc ., R_RISCV_32_PCREL, sym\n.word 0", 1 << 31), plain(".reloc ., R_RISCV_NONE, sym\nnop"),
    got(PAIR.format("got_pcrel_hi"), 1 << 31)] + [
    (f".reloc ., R_RISCV_{first}{bits}, sym\n.reloc ., R_RISCV_SUB{bits}, other\n.{unit} {old}", NEAR, [0x7FFFFFF0, 0x80000000], "d")
    for first in ("ADD", "SET") for bits, unit, old in ((6, "byte", 0xC5), (8, "byte", 0x45), (16, "half", 0x4567), (32, "word", 0x456789AB),
                                                        (64, "dword", 0x456789ABCDEF0123)) if first + str(bits) not in ("ADD6", "SET64")]

ARM_DATA = [".word sym+4", ".word sym(TARGET1)", "movw r0,#:lower16:sym", "movt r0,#:upper16:sym", "movw r0,#:lower16:(sym+0x1230)",
            "movt r0,#:upper16:(sym-0x1230)"]
ARM_V6M = ["movs r0,#:lower0_7:sym", "movs r0,#:lower8_15:sym", "adds r0,#:upper0_7:sym", "adds r0,#:upper8_15:sym",
           "movs r0,#:lower8_15:(sym+0x70)"]
ARM = [(s, NEAR, ABSOLUTE, "") for s in ARM_DATA + ARM_V6M] + [(s, NEAR, [], "f") for s in ARM_DATA + ARM_V6M] + [
    # not the top of memory: ld on a 64-bit host takes it for large positive numbers, and these addends as unsigned
    (".short sym", [], ABSOLUTE[:-2], ""), (".short sym-0x8000", [], [0, 2, 0x18000], ""),
    (".byte sym", [], ABSOLUTE[:-2] + [0xFF, 0x100], ""), (".byte sym-0x80", [], [0, 2, 0x180], "")] + [
    (s, NEAR + around(1 << 30), [0, 0xFFFFFFF0], kind) for kind in ("", "f") for s in (
        ".word sym-.", ".word sym(TARGET2)", ".reloc ., R_ARM_PREL31, sym\n.word 0x10", ".reloc ., R_ARM_PREL31, sym\n.word 0x80000010",
        "movw r0,#:lower16:(sym-.)", "movt r0,#:upper16:(sym-.)")] + [
    (s, NEAR + around(*reach), [], "f") for s, reach in (
        ("bl sym", (1 << 24, 1 << 22)), ("b.w sym", (1 << 24,)), ("beq.w sym", (1 << 20,)), ("b.n sym", (1 << 11,)), ("beq.n sym", (1 << 8,)),
        ("bl sym+0x1000", ()))] + [
    plain(".reloc ., R_ARM_NONE, sym\nnop"), got(".word sym(GOTOFF)"), got(".word _GLOBAL_OFFSET_TABLE_-(.+4)"), got(".word sym(GOT)"),
    got(".word sym(GOT_PREL)+0")]

RISCV_PROLOGUE = ".option norelax\n.option norvc\n"
ARCHES = [
    Arch("x86_64", 0x40000000, ["as"], ["ld", "--no-relax"], "", X86, (9, 27, 28, 41, 42)),
    Arch("aarch64", 0x40000000, ["aarch64-linux-gnu-as"], ["aarch64-linux-gnu-ld"], "", AARCH64, (309, 311, 312, 313)),
    Arch("aarch64", 0x140000000, ["clang", "--target=aarch64-linux-gnu", "-c"], ["ld.lld"], "", AARCH64_LLD),
    Arch("arm", 0x40000000, ["arm-none-eabi-as", "-mcpu=cortex-m3"], ["arm-none-eabi-ld"], ".syntax unified\n.thumb\n", ARM, (26, 96)),
    Arch("riscv64", 0x140000000, ["riscv64-unknown-elf-as", "-march=rv64imac", "-mabi=lp64", "-mno-relax"],
         ["riscv64-unknown-elf-ld", "-melf64lriscv", "--no-relax"], RISCV_PROLOGUE, RISCV, (20,)),
    Arch("riscv32", 0x40000000, ["riscv64-unknown-elf-as", "-march=rv32imac", "-mabi=ilp32", "-mno-relax"],
         ["riscv64-unknown-elf-ld", "-melf32lriscv", "--no-relax"], RISCV_PROLOGUE, RISCV, (20,)),
]


def run(command):
    return subprocess.run(command, capture_output=True, text=True)


def assemble(arch, source, directory, name="a"):
    with open(f"{directory}/{name}.s", "w") as file:
        file.write(f".text\n{arch.prologue}{source}\n")
    result = run(arch.assembler + ["-o", f"{directory}/{name}.o", f"{directory}/{name}.s"])
    if result.returncode:
        sys.exit(f"{arch.name}: cannot assemble '{source}':\n{result.stderr}")
    return Elf(f"{directory}/{name}.o")


def link(arch, directory, target, kind):
    """The linked file, or None if the linker refuses."""
    command = arch.linker + ["-e", "0", "-Ttext", hex(arch.base), "-o", f"{directory}/x", f"{directory}/a.o"]
    symbol = target
    if kind == "g":
        symbol = FIXED
        command += ["--section-start", f".got={target:#x}", "--section-start", f".got.plt={target + 0x100:#x}"]
    if kind == "f":
        command += ["--section-start", f".far={target & ~1:#x}", f"{directory}/f.o"]
    else:
        command += ["--defsym", f"sym={symbol:#x}"]
    if kind == "d":
        command += ["--defsym", f"other={(target - 0x1234) & arch.mask:#x}"]
    result = run(command)
    return Elf(f"{directory}/x") if result.returncode == 0 else None


def values(arch, linked, kind, target):
    """Addresses of sym, other and GOT; the linker's own where there is a linked file."""
    known = {"sym": FIXED if kind == "g" else (target & ~1) | 1 if kind == "f" else target, "other": (target - 0x1234) & arch.mask}
    if linked:
        known.update({name: value for name, _, value in linked.symbols() if name in ("sym", "other", "_GLOBAL_OFFSET_TABLE_")})
        first = [name for name in (".got.plt", ".got") if linked.index(name) is not None and arch.name != "aarch64"] or [".got"]
        known["got"] = known.get("_GLOBAL_OFFSET_TABLE_") or (
            linked.address(first[0]) if linked.index(first[0]) else target + 0x100 if kind == "g" else 0) # x86-64 drops the section if it is empty
    return known


def slot_of(arch, linked, symbol):
    """Where the linker keeps the address of the symbol: the word of .got that holds it."""
    size = 8 if arch.mask >> 32 else 4
    for name in (".got", ".got.plt"):
        content = linked.bytes(name)
        for at in range(0, len(content) - size + 1, size):
            if int.from_bytes(content[at:at + size], "little") == symbol & arch.mask:
                return linked.address(name) + at
    raise SystemExit(f"{arch.name}: no slot of {symbol:#x}")


def records(arch, unit, linked, known):
    """[(type, offset, S, A, index of the paired record)]"""
    symbols, result, before = unit.symbols(), [], unit.bytes(".text")
    for offset, number, symbol, addend in unit.relocations(unit.index(".text")):
        name, section, value = symbols[symbol]
        if addend is None:
            addend = arm_addend(number, before[offset:])
        pair = 0
        if section == 0:
            s = known["got"] if name == "_GLOBAL_OFFSET_TABLE_" else known[name] if name else 0
        else: # a label of this section: RISC-V's low parts name the AUIPC
            s = arch.base + value
            pair = next(i for i, r in enumerate(result) if r[1] == value and r[0] in (20, 23))
        if number in arch.slots:
            s = slot_of(arch, linked, known[name])
        result.append((number, offset, s & arch.mask, addend, pair))
    return result


def vector(arch, unit, directory, target, kind):
    """Lines for one place of the symbol (or of .got)."""
    target &= arch.mask
    linked = link(arch, directory, target, kind)
    before, after, verdict = unit.bytes(".text"), b"", REFUSED
    if linked:
        after, verdict = linked.bytes(".text"), AGREES
        if len(after) != len(before) or linked.index(".stub") is not None:
            verdict = REFUSED
    elif kind == "g":
        return [] # without the linker's output nobody knows where the slot would have been
    known = values(arch, linked, kind, target)
    relocations = records(arch, unit, linked, known)
    if arch.name.startswith("riscv") and verdict == AGREES and before[0] & 0x7F == 0x17 and after[0] & 0x7F == 0x37:
        return [] # ld made a LUI of the AUIPC, because the address is near 0 and far from here
    reasons = [differs(arch.name, r[0], r[2], r[3], arch.base + r[1]) for r in relocations]
    if verdict == AGREES and any(reasons):
        verdict = DIFFERS
    lines = [line(arch, known.get("got", 0), before, after if verdict == AGREES else before, verdict, relocations)]
    if arch.name == "aarch64" and relocations[0][0] in (277, 278, 284, 285, 286, 299):
        seven = [(0xFF07,) + relocations[0][1:]]
        lines.append(line(arch, 0, before, after if verdict == AGREES else before, verdict, seven))
    if arch.name == "aarch64" and len(relocations) == 2 and relocations[1][0] == 312:
        nine = [relocations[0], (0xFF09,) + relocations[1][1:]]
        lines.append(line(arch, 0, before, after, verdict, nine))
    return lines


def line(arch, got_start, before, after, verdict, relocations):
    rows = ", ".join(f"{{{n}, {offset}, {s:#x}, {a}, {pair}}}" for n, offset, s, a, pair in relocations)
    what = ("REFUSED", "AGREES", "DIFFERS")[verdict]
    shown = "NULL" if verdict != AGREES else f'"{after.hex()}"'
    return f'{{&smf_arch_{arch.name}, {arch.base:#x}, {got_start:#x}, "{before.hex()}", {shown}, {what}, {len(relocations)}, {{{rows}}}}},\n'


def template(job):
    arch, (source, distances, absolutes, kind) = ARCHES[job[0]], ARCHES[job[0]].templates[job[1]]
    lines = []
    with tempfile.TemporaryDirectory() as directory:
        unit = assemble(arch, source, directory)
        if kind == "f":
            assemble(arch, '.section .far,"ax"\n.globl sym\n.thumb_func\nsym: bx lr\n', directory, "f")
        targets = [arch.base + d for d in distances] + [t for t in absolutes if t <= arch.mask]
        if kind == "f": # the function has to lie where the section does not
            targets = sorted({t & ~1 for t in targets if not -2 <= (t & ~1) - arch.base < 16})
            if source in ("bl sym", "b.w sym"): # ld counts bit 0 in: it gives the last one in reach a stub
                targets.remove(arch.base + (1 << 24) + 2)
        for target in targets:
            lines += vector(arch, unit, directory, target, kind)
    return arch.name, f"/* {' | '.join(source.splitlines())} */\n" + "".join(dict.fromkeys(lines))


# The library's stubs as an assembler's reader would write them; `sym` is the slot.
STUBS = [
    ("x86_64", 0, "jmp *sym(%rip)\nint3\nint3"),
    ("aarch64", 0, "adrp x16,sym\nldr x17,[x16,:lo12:sym]\nbr x17\n.word 0"),
    ("riscv64", 0, "1: auipc t3,%pcrel_hi(sym)\nld t3,%pcrel_lo(1b)(t3)\njr t3\n.word 0"),
    ("riscv32", 0, "1: auipc t3,%pcrel_hi(sym)\nlw t3,%pcrel_lo(1b)(t3)\njr t3\n.word 0"),
    ("arm", 0, "ldr.w ip,[pc,#4]\nldr.w pc,[ip]\n.word sym"),
    ("arm", 1, "push {r0,r1}\nldr r0,2f\n1: add r0,pc\nldr r0,[r0]\nstr r0,[sp,#4]\npop {r0,pc}\n2: .word sym-(1b+4)"),
]


def stub(job):
    name, small, source = STUBS[job]
    arch, lines = next(a for a in ARCHES if a.name == name), []
    with tempfile.TemporaryDirectory() as directory:
        unit = assemble(arch, source, directory)
        for distance in (0x2000, 0x2FF8, 0x13800, -0x10008, 0x7FFF0, -0x123450, 0x12345678, 0x7FFE0000, -0x7FFF0000):
            target = (arch.base + distance) & arch.mask
            linked = link(arch, directory, target, "")
            code = linked.bytes(".text")
            lines.append(f'{{&smf_arch_{name}, {small}, {arch.base:#x}, {target:#x}, {len(code)}, "{code.hex()}"}},\n')
    return "stubs", "".join(lines)


def missing_tools():
    return [tool for arch in ARCHES for tool in (arch.assembler[0], arch.linker[0]) if shutil.which(tool) is None]


def main():
    compare, directory = sys.argv[1] == "--compare", sys.argv[-1]
    if compare and missing_tools():
        print("1..0 # SKIP not installed: " + " ".join(missing_tools()))
        return 77
    jobs = [(i, k) for i, arch in enumerate(ARCHES) for k in range(len(arch.templates))]
    files = {}
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for name, text in pool.map(template, jobs):
            files[name] = files.get(name, "/* SPDX-License-Identifier: MIT */\n/* Made by oracle.py: do not edit. */\n") + text
        for name, text in pool.map(stub, range(len(STUBS))):
            files[name] = files.get(name, "/* SPDX-License-Identifier: MIT */\n/* Made by oracle.py: do not edit. */\n") + text
    different = 0
    with tempfile.TemporaryDirectory() as fresh:
        for name, text in files.items():
            path = os.path.join(fresh if compare else directory, name + ".inc")
            with open(path, "w") as file:
                file.write(text)
            if name != "stubs":
                print(f"# {name}: {text.count('AGREES,')} agree, {text.count('REFUSED,')} refused, {text.count('DIFFERS,')} differ")
            if compare:
                same = filecmp.cmp(path, os.path.join(directory, name + ".inc"), shallow=False)
                print(f"{'ok' if same else 'not ok'} - {name}.inc is what the linkers say")
                different += not same
    if compare:
        print(f"1..{len(files)}")
    return different != 0


if __name__ == "__main__":
    sys.exit(main())
