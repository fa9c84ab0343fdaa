# SPDX-License-Identifier: MIT
"""TemplateCode sections, TemplateMeta and note.sdn read field by field from the format's tables (SPEC, "Templates"), apart from
core/image and core/emit."""
import re
import struct

CODE, SOURCE = 1, 2
ANY, PLAIN, SIGNED, UNSIGNED, FLOAT, POINTER = range(6)
NUMBER, FUNCTION, NAMED, NEED, IMPORT, WEAK = range(1, 7)
KINDS = {NUMBER: ("size", "align", "plain"), FUNCTION: ("copy", "drop", "compare", "equal", "hash")}
SELF, PAIR = 0xFFFF, 0xFFFE
PRIMITIVES = ["void", "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "text", "usize",
              "isize", "nil"]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def bytes(self, size):
        assert self.at + size <= len(self.data), "cut off"
        self.at += size
        return self.data[self.at - size:self.at]


class Unit:
    """format, arch, features, alignment, shapes, exports, symbols, relocations, code."""

    def label(self):
        return ",".join(shape_name(*shape) for shape in self.shapes)

    def facts(self):
        """What makes two units the same but for their shapes."""
        return (self.format, self.arch, self.features, self.alignment, self.exports, self.symbols, self.relocations, self.code)


def shape_name(kind, log2, size):
    if kind == PLAIN:
        return f"plain:{size}:{1 << log2}" if size else "plain"
    return {ANY: "any", SIGNED: f"i{8 * size}", UNSIGNED: f"u{8 * size}", FLOAT: f"f{8 * size}", POINTER: "ptr"}[kind]


def type_text(term, names):
    """A term in prefix order as people write it; (text, the bytes behind it)."""
    tag, rest = term[0], term[1:]
    if tag < 0x10:
        return names[tag], rest
    if tag < 0x20:
        return PRIMITIVES[tag - 0x10], rest
    if tag in (0x20, 0x21):
        inner, rest = type_text(rest, names)
        return ("*" if tag == 0x20 else "[]") + inner, rest
    if tag == 0x22:
        name, rest = rest[1:1 + rest[0]].decode(), rest[1 + rest[0]:]
        count, rest, found = rest[0], rest[1:], []
        for _ in range(count):
            one, rest = type_text(rest, names)
            found.append(one)
        return name + (f"<{', '.join(found)}>" if found else ""), rest
    assert tag == 0x23, f"tag {tag}"
    count, rest, found = rest[0], rest[1:], []
    for _ in range(count + 1):
        one, rest = type_text(rest, names)
        found.append(one)
    return f"({', '.join(found[:-1])}) -> {found[-1]}", rest


class Record:
    """One template: parameters [(name, bounds)], exports and needs [(name, types)], units."""

    def __init__(self, data):
        head = Reader(data)
        magic, version, self.kind, parameters, exports, needs, units, text_size = head.take("4sBBBBBBH")
        assert (magic, version) == (b"SMFT", 1), "no record"
        text = head.bytes(text_size)

        def word(at):
            return text[at + 1:at + 1 + text[at]].decode()

        self.parameters = []
        for _ in range(parameters):
            name, bounds = head.take("HH")
            self.parameters.append((word(name), bounds))
        names = [name for name, _ in self.parameters]
        self.exports, self.needs = [self._item(head, word, names) for _ in range(exports)], []
        for _ in range(needs):
            self.needs.append(self._item(head, word, names))
        self.units = [self._unit(head, word) for _ in range(units)]
        assert head.at == len(data), "bytes are left over"

    @staticmethod
    def _item(head, word, names):
        name, size = head.take("HB")
        term, types = head.bytes(size), []
        while term:
            one, term = type_text(term, names)
            types.append(one)
        return word(name), types

    def _unit(self, head, word):
        unit = Unit()
        unit.format, unit.arch, unit.features, log2, size, symbols, relocations = head.take("BBBBIHH")
        unit.alignment = 1 << log2
        unit.shapes = [head.take("BBH") for _ in self.parameters]
        unit.exports = [head.take("I") for _ in self.exports] if unit.format == CODE else []
        unit.symbols = []
        for _ in range(symbols):
            kind, parameter, what = head.take("BBH")
            flags, kind = kind & 0xC0, kind & 0x3F
            name = KINDS[kind][what] if kind in KINDS else self.needs[what][0] if kind == NEED else word(what)
            unit.symbols.append((kind, parameter, name, bool(flags & 0x40), bool(flags & 0x80)))
        unit.relocations = [head.take("IHHi") for _ in range(relocations)]
        unit.code = head.bytes(size)
        return unit


def read_section(data):
    """{name: (offset of its record_size word, Record)}, in the file's order."""
    head, found = Reader(data), {}
    magic, version, count = head.take("4sHI")
    assert (magic, version) == (b"GTPL", 2), "no GTPL 2"
    for _ in range(count):
        name = head.bytes(head.take("I")).decode()
        at = head.at
        found[name] = (at, Record(head.bytes(head.take("I"))))
    assert head.at == len(data), "bytes are left over"
    return found


def read_meta(data):
    """(functions, structs, enums, traits), [(name, specializations)]."""
    head = Reader(data)
    magic, version, *counts = head.take("4sHIIII")
    assert (magic, version) == (b"META", 1), "no META 1"
    entries = []
    while head.at < len(data):
        name = head.bytes(head.take("I")).decode()
        entries.append((name, head.take("I")))
    return tuple(counts), entries


def read_note(data):
    """{table: [{column: cell}]}."""
    tables, columns, rows = {}, [], None
    for line in data.decode().split("\n"):
        header = re.fullmatch(r"(\w+) \|(.*)\|", line)
        if header:
            rows = tables.setdefault(header.group(1), [])
            columns = [word.strip() for word in header.group(2).split(",")]
        elif line.startswith("    "):
            cells = [a if a or not b else b for a, b in re.findall(r'"((?:[^"\\]|\\.)*)"|([^",\s]+)', line)]
            assert len(cells) == len(columns), line
            rows.append(dict(zip(columns, cells)))
    assert data.endswith(b"\n# END_NOTE\n") or b"# END_NOTE" in data, "no end"
    return tables


def covers(wide, narrow):
    """Do all types of the shapes `narrow` fit `wide`?"""
    def one(w, n):
        if w[0] == ANY:
            return True
        if n[0] == ANY:
            return False
        if w[0] == PLAIN:
            return w[2] == 0 or (w[2] == n[2] and w[1] <= n[1])
        return w[0] == n[0] and w[2] == n[2]
    return all(one(w, n) for w, n in zip(wide.shapes, narrow.shapes))
