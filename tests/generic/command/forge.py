# SPDX-License-Identifier: MIT
"""Modules with templates of every form, byte by byte from docs/SPEC.md: for tests of the command.

Nothing is checked here: what a test wants to be wrong, it makes wrong.
"""
import importlib.util
import os
import struct

CODE, TEMPLATE_CODE, TEMPLATE_META, TEMPLATE_FLAG = 1, 12, 13, 0x10
VOID, I32, I64, USIZE = b"\x10", b"\x14", b"\x15", b"\x1d"


def golden():
    """tests/golden/make.py: the tables of a canonical file."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "golden", "make.py")
    spec = importlib.util.spec_from_file_location("golden_make", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<I", len(value)) + value


def texts(values):
    return struct.pack("<I", len(values)) + b"".join(text(value) for value in values)


def gtpl(version, entries):
    return b"GTPL" + struct.pack("<HI", version, len(entries)) + b"".join(entries)


def brief(kind, name, parameters):
    return bytes([kind]) + text(name) + bytes([parameters])


def whole(kind, name, parameters, specializes=None, constraints=()):
    """As an upstream compiler leaves it: see SPEC, the form `whole`."""
    out = bytes([kind]) + text(name) + bytes([len(parameters)]) + b"".join(text(one) for one in parameters)
    out += texts([]) + (b"\0" if kind == 0 else b"") + (texts([]) if kind in (0, 2) else b"") + b"\1"
    if kind == 4:
        return out
    out += b"\0" if specializes is None else b"\1" + text(specializes)
    return out + struct.pack("<I", len(constraints)) + b"".join(text(one) for pair in constraints for one in pair)


def named(entries):
    return struct.pack("<I", len(entries)) + b"".join(text(name) + text(body) for name, body in entries)


def records(entries):
    return gtpl(2, [text(name) + text(body) for name, body in entries])


def pointer(term):
    return b"\x20" + term


def variable(number):
    return bytes([number])


def generic_type(name, *terms):
    return b"\x22" + bytes([len(name)]) + name.encode() + bytes([len(terms)]) + b"".join(terms)


def function(result, *terms):
    return b"\x23" + bytes([len(terms)]) + b"".join(terms) + result


def unit(code, shapes, exports=(0,), arch=0, features=0, form=1, symbols=(), relocations=(), alignment=4):
    """shapes: (class, alignment log2, size); symbols: (kind and flags, parameter, what, a number or a name)."""
    return {"code": code, "shapes": shapes, "exports": exports, "arch": arch, "features": features, "form": form,
            "symbols": symbols, "relocations": relocations, "alignment": alignment}


def record(parameters, exports, needs=(), units=(), kind=0, version=1):
    """parameters: (name, bounds); exports and needs: (name, term)."""
    names = b""

    def place(name):
        nonlocal names
        names += bytes([len(name)]) + name.encode()
        return len(names) - len(name) - 1

    head = b"".join(struct.pack("<HH", place(name), bounds) for name, bounds in parameters)
    for name, term in (*exports, *needs):
        head += struct.pack("<HB", place(name), len(term)) + term
    body = b""
    for one in units:
        rows = [(kind_, parameter, place(what) if isinstance(what, str) else what)
                for kind_, parameter, what in one["symbols"]]
        body += struct.pack("<BBBBIHH", one["form"], one["arch"], one["features"], one["alignment"], len(one["code"]),
                            len(rows), len(one["relocations"]))
        body += b"".join(struct.pack("<BBH", *shape) for shape in one["shapes"])
        if one["form"] == 1:
            body += b"".join(struct.pack("<I", offset) for offset in one["exports"])
        body += b"".join(struct.pack("<BBH", *row) for row in rows)
        body += b"".join(struct.pack("<IHHi", *row) for row in one["relocations"])
        body += one["code"]
    return (b"SMFT" + bytes([version, kind, len(parameters), len(exports), len(needs), len(units)]) +
            struct.pack("<H", len(names)) + names + head + body)


def meta(functions=0, structs=0, enums=0, traits=0, entries=()):
    return (b"META" + struct.pack("<HIIII", 1, functions, structs, enums, traits) +
            b"".join(text(name) + struct.pack("<I", count) for name, count in entries))


def module(make, sections, symbols=(), compression=0, canonical=True):
    """A canonical library for x86-64. sections: (name, type, bytes[, flags]) behind .text; symbols: (name, section from 0
    for .text on, value, size, type, flags, parameters, template offset). make: golden()."""
    sections = [(b".text", CODE, b"\xc3", 5), *((*one, 1)[:4] for one in sections)]
    out, places = bytearray(), []
    for _, _, payload, _ in sections:
        out += bytes(-len(out) % 8)
        places.append(len(out))
        out += payload
    out += bytes(-len(out) % 8)
    table = len(out)
    for (name, kind, payload, flags), offset in zip(sections, places):
        out += make.section(kind, flags, offset, len(payload), len(payload), 1, name)
    symbol_table, strings = len(out), b"\0"
    for name, where, value, size, kind, flags, parameters, offset in symbols:
        row = bytearray(make.symbol(len(strings), name, kind, 1, flags, value, size, where))
        row[40] = parameters
        row[48:56] = struct.pack("<Q", offset)
        out += row
        strings += name + b"\0"
    out += strings + bytes(-len(strings) % 8)
    header = struct.pack("<4sBBBBIBBHIQQIIQIIQQ", b"SMF\0", 1, 1, 0, 0, 0x100 * canonical | 0x8, compression, 0, 0, len(sections), table,
                         symbol_table, len(symbols), len(symbols), 0, 0, 0, 0, 0)
    header += bytes(128 - len(header))
    value = make.fnv64(bytes(out) + header)
    return bytes(out) + header[:60] + struct.pack("<Q", value) + header[68:]
