#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make canonical.smf and the libraries, byte by byte from docs/SPEC.md and independently of core/emit, which must write
canonical.smf and canonical.lsm the same.

    make.py OUT...      write these; the name says which
    make.py --check     compare with the files beside this script (exit status 1 if one differs)

The libraries hold canonical.smf as "golden", with 19 bytes for its object, and simpleos-r72-mod.smf as "std/io/mod":
    canonical.lsm   as it is written here
    longer.lsm      as older writers made them: header of 132 bytes, hashes with the prime that lost a digit
    document.lsm    entries as the format's document has them: hash and timestamp, no objects

The module (AArch64, a library with one import, found through its stub and slot):
    0 .text      Code    24 bytes: twice() calls out; the stub of `other` at 8
    1 .rodata    RoData   5 bytes, alignment 1
    2 .got       RoData   8 bytes, one slot
    3 .data      Data    16 bytes: a pointer to twice
    4 .bss       Bss     40 bytes of memory
    5 note.module Note   name "golden", version 1.2.3
    6 .rel -> .text      two settled records
    7 .rel -> .got       one
    8 .rel -> .data      one
    symbols: .got (Local), other (undefined), twice (exported)
"""
import os
import struct
import sys


def fnv32(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


STANDARD, OLDER = 0x100000001B3, 0x1000001B3


def fnv64(data, prime=STANDARD):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * prime & 0xFFFFFFFFFFFFFFFF
    return value


def section(kind, flags, offset, size, virtual, alignment, name, link=0, settled=0):
    """T64a."""
    return struct.pack("<B3xIQQQQ16sII", kind, flags, offset, size, virtual, alignment, name, link, settled)


def symbol(offset, name, kind, binding, flags, value, size, where):
    """S56: visibility 1, version 1, the section as u16 at 41."""
    return struct.pack("<IIBBBB4xQQIIBHB4xQ", offset, fnv32(name), kind, binding, 1, flags, value, size, 0, 1, 0, where, 0, 0)


def relocation(offset, which, number, addend):
    """psABI numbers: type 0x80, the number as u16 at 13."""
    return struct.pack("<QIBHBq", offset, which, 0x80, number, 0, addend)


def canonical():
    text = struct.pack("<6I", 0x94000002, 0xD65F03C0, 0xB0000010, 0xF9400610, 0xD61F0200, 0xD503201F)
    rodata, got, data = b"abcd\0", bytes(8), bytes(range(16))
    note = struct.pack("<HH6s2x", 1, 6, b"golden") + struct.pack("<HH3H2x", 2, 6, 1, 2, 3)
    out = bytearray()

    def place(payload, alignment):
        out.extend(bytes(-len(out) % alignment))
        out.extend(payload)
        return len(out) - len(payload)

    places = [place(text, 16), place(rodata, 1), place(got, 8), place(data, 8), 0, place(note, 4)]
    places.append(place(relocation(8, 0, 275, 0) + relocation(12, 0, 286, 0), 8))
    places.append(place(relocation(0, 1, 257, 0), 8))
    places.append(place(relocation(8, 2, 257, -4), 8))
    assert places == [0, 24, 32, 40, 0, 56, 80, 128, 152] and len(out) == 176
    out += section(1, 5, places[0], 24, 24, 16, b".text")
    out += section(3, 1, places[1], 5, 5, 1, b".rodata")
    out += section(3, 1, places[2], 8, 8, 8, b".got")
    out += section(2, 3, places[3], 16, 16, 8, b".data")
    out += section(4, 3, 0, 0, 40, 16, b".bss")
    out += section(7, 1, places[5], 24, 24, 4, b"note.module")
    out += section(5, 1, places[6], 48, 48, 8, b".rel", link=1, settled=2)
    out += section(5, 1, places[7], 24, 24, 8, b".rel", link=3)
    out += section(5, 1, places[8], 24, 24, 8, b".rel", link=4)
    table = len(out)
    assert table == 176 + 9 * 64
    out += symbol(1, b".got", 1, 0, 0, 0, 0, 2)
    out += symbol(6, b"other", 0, 1, 0x40, 8, 12, 0xFFFF)
    out += symbol(12, b"twice", 0, 1, 0, 0, 8, 0)
    out += b"\0.got\0other\0twice\0"
    out += bytes(-len(out) % 8)
    header = struct.pack("<4sBBBBIBBHIQQIIQIIQQ", b"SMF\0", 1, 1, 5, 1, 0x100 | 0x8, 0, 0, 0, 9, 176, table, 3, 1, 0, 0, 0,
                         0, 0x1122334455667788)
    header += bytes(88 - len(header)) + bytes(range(16)) + struct.pack("<II", 7, 9) + bytes(16)
    assert len(header) == 128
    value = fnv64(bytes(out) + header)
    return bytes(out) + header[:60] + struct.pack("<Q", value) + header[68:]


HERE = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(HERE, name), "rb") as file:
        return file.read()


def library(prime=STANDARD, flags=0, longer=False, document=False):
    """A header that is longer than it says moves everything, and no offset tells."""
    modules = [(b"golden", canonical(), b"" if document else b"\x7fELF, as an object\0"),
               (b"std/io/mod", read("simpleos-r72-mod.smf"), b"")]
    start = 128 + 128 * len(modules)
    index, data = b"", b""
    for number, (name, module, stored) in enumerate(modules):
        step = 16 if flags else 1  # older writers align nothing
        offset = start + len(data)
        gap = bytes(-len(module) % step)
        place = offset + len(module + gap) if stored else 0
        hashes = (fnv64(module, prime), fnv64(stored, prime) if stored else 0)
        if document:
            index += struct.pack("<64sQQQQ32x", name, offset, len(module), hashes[0], 1770000000 + number)
        else:
            index += struct.pack("<64sQQQQQQ16x", name, offset, len(module), place, len(stored), *hashes)
        data += module + gap + stored + bytes(-len(stored) % step)
    header = struct.pack("<4sBBHIQQQQQI72x", b"LSMF", 1, 0, 0, len(modules), 128, len(index), start,
                         fnv64(index + data, prime), fnv64(index, prime), flags)
    assert len(header) == 128 and len(index) == 256
    return header + (bytes(4) if longer else b"") + index + data


FILES = {"canonical.smf": canonical, "canonical.lsm": lambda: library(flags=1),
         "longer.lsm": lambda: library(OLDER, longer=True), "document.lsm": lambda: library(document=True)}


def main(arguments):
    if arguments == ["--check"]:
        wrong = [name for name, make in FILES.items() if read(name) != make()]
        print(" ".join(wrong) or "as made")
        return bool(wrong)
    if not arguments or any(os.path.basename(out) not in FILES for out in arguments):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    for out in arguments:
        with open(out, "wb") as file:
            file.write(FILES[os.path.basename(out)]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
