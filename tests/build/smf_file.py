# SPDX-License-Identifier: MIT
"""Canonical SMF files read field by field from the format's tables, apart from core/image, and the rules of the
format that a builder has to keep."""
import struct

CODE, DATA, RODATA, BSS, RELOC, NOTE = 1, 2, 3, 4, 5, 7
UNDEFINED, ABSOLUTE, NO_SYMBOL = 0xFFFF, 0xFFFE, 0xFFFFFFFF
LOCAL, GLOBAL, WEAK = 0, 1, 2
X86_64, AARCH64, ARM, RISCV64, RISCV32 = 0, 1, 3, 4, 5
EXECUTABLE, RELOADABLE, DEBUG, PIC = 1, 2, 4, 8
BY_STUB = 0x40
# Types that name a slot or a PLT entry: none may be left. (SPEC, "imports")
SETTLED_BY_BUILD = {X86_64: {4, 9, 27, 28, 31, 41, 42}, AARCH64: {309, 311, 312, 314, 315}, ARM: {0, 26, 38, 41, 96},
                    RISCV64: {20, 41, 43, 51, 59}, RISCV32: {20, 41, 43, 51, 59}}
POINTER = {X86_64: (8, 1), AARCH64: (8, 257), ARM: (4, 2), RISCV64: (8, 2), RISCV32: (4, 1)}
LO12 = (24, 25) # R_RISCV_PCREL_LO12_I, _S
HI20 = 23


class Section:
    pass


class Symbol:
    pass


class Record:
    pass


class Module:
    """One file. Sections without their records; records by the name of the section that they patch."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        header = self.bytes[-128:]
        assert header[:4] == b"SMF\0", "no header at the end"
        self.platform, self.arch, self.flags = header[6], header[7], struct.unpack_from("<I", header, 8)[0]
        count, sections, symbols, symbol_count, self.exported = struct.unpack_from("<IQQII", header, 16)
        self.entry, self.stub_size, self.base, self.hash, self.source_hash = struct.unpack_from("<QIIQQ", header, 44)
        self.abi, self.cpu = struct.unpack_from("<II", header, 104)
        self.options = header[88:104]
        names = self.base + symbols + 56 * symbol_count
        self.symbols = [self._symbol(self.base + symbols + 56 * i, names) for i in range(symbol_count)]
        self.sections = [self._section(self.base + sections + 64 * i) for i in range(count)]
        self.records = {self.sections[s.link - 1].name: self._records(s) for s in self.sections if s.type == RELOC}

    def _name(self, at):
        return self.bytes[at:self.bytes.index(b"\0", at)].decode()

    def _symbol(self, at, names):
        symbol = Symbol()
        name, _, symbol.type, symbol.binding, symbol.visibility, symbol.flags = struct.unpack_from("<IIBBBB", self.bytes, at)
        symbol.value, symbol.size = struct.unpack_from("<QQ", self.bytes, at + 16)
        symbol.section = struct.unpack_from("<H", self.bytes, at + 41)[0]
        symbol.name = self._name(names + name)
        return symbol

    def _section(self, at):
        section = Section()
        section.type, section.flags, offset, section.size, section.memory, section.alignment = struct.unpack_from(
            "<IIQQQQ", self.bytes, at)
        section.name = self.bytes[at + 40:at + 56].rstrip(b"\0").decode()
        section.link, section.settled = struct.unpack_from("<II", self.bytes, at + 56)
        section.offset = self.base + offset
        section.bytes = self.bytes[section.offset:section.offset + section.size]
        return section

    def _records(self, section):
        records = []
        for i in range(section.size // 24):
            record = Record()
            record.offset, record.symbol, kind, number, record.addend = struct.unpack_from("<QIBHxq", section.bytes, 24 * i)
            record.type = number if kind == 0x80 else {1: 1, 2: 2, 5: 10}[kind]
            record.raw = kind
            record.settled = i >= section.size // 24 - section.settled
            record.name = None if record.symbol == NO_SYMBOL else self.symbols[record.symbol].name
            records.append(record)
        return records

    def section(self, name):
        return next((s for s in self.sections if s.name == name), None)

    def symbol(self, name):
        return next((s for s in self.symbols if s.name == name and not (s.binding == LOCAL and s.value == 0)), None)

    def imports(self):
        return [s for s in self.symbols if s.section == UNDEFINED]

    def exports(self):
        return self.symbols[len(self.symbols) - self.exported:] if self.exported else []

    def addresses(self):
        """{name: address} in the default layout: code, read-only and writable sections, each at the next 4096."""
        found, end = {}, 0
        for types in ((CODE,), (RODATA,), (DATA, BSS)):
            end = start = -(-end // 4096) * 4096
            for section in self.sections:
                if section.type in types:
                    end = start + -(-(end - start) // section.alignment) * section.alignment
                    found[section.name] = end
                    end += section.memory
        return found


def broken_rules(module):
    """What the file does that the format does not allow; a list of texts."""
    wrong = []

    def rule(kept, text):
        if not kept:
            wrong.append(text)

    places = [(0 if s.section not in (UNDEFINED,) and s.binding == LOCAL else 1 if s.section == UNDEFINED else 2)
              for s in module.symbols]
    rule(places == sorted(places), "symbols are not in the order local, undefined, exported")
    rule(module.exported == places.count(2), "exported_count is wrong")
    names = [s.name for s in module.sections if s.type != RELOC]
    rule(len(names) == len(set(names)), "two sections have one name")
    rule(all(s.name for s in module.symbols), "a symbol has no name")
    own = [s.name for s in module.symbols]
    rule(len(own) == len(set(own)), "a name stands twice among the symbols")
    for symbol in module.symbols:
        if places[module.symbols.index(symbol)] == 0:
            rule(symbol.value == 0 and symbol.name == module.sections[symbol.section].name,
                 f"local symbol {symbol.name} is not the start of its section")
    rule(module.flags & 0x100, "CANONICAL is not set")
    code = [s for s in module.sections if s.type == CODE]
    for symbol in module.imports():
        if symbol.size:
            rule(symbol.value + symbol.size <= code[0].memory, f"stub of {symbol.name} lies outside of .text")
        rule(not symbol.flags & BY_STUB or symbol.size, f"{symbol.name} is BY_STUB and has no stub")
    for name, records in module.records.items():
        wrong += broken_order(module, name, records)
    wrong += broken_slots(module)
    return wrong


def broken_order(module, name, records):
    wrong, groups = [], []
    forbidden = SETTLED_BY_BUILD[module.arch]
    for record in records:
        if record.type in forbidden:
            wrong.append(f"{name}+{record.offset:#x} has type {record.type}, which smf build settles")
        if groups and groups[-1][0].offset == record.offset:
            groups[-1].append(record)
        else:
            groups.append([record])
    keys = [(g[0].settled, g[0].symbol, g[0].offset) for g in groups]
    if keys != sorted(keys):
        wrong.append(f"records of {name} are not in order")
    offsets = [g[0].offset for g in groups]
    if len(offsets) != len(set(offsets)):
        wrong.append(f"records of {name} with one offset are apart")
    if module.arch in (RISCV32, RISCV64):
        for record in records:
            if record.type in LO12 and not (0 <= record.addend < len(records) and records[record.addend].type == HI20 and
                                            record.symbol == NO_SYMBOL and
                                            records[record.addend].settled == record.settled):
                wrong.append(f"{name}+{record.offset:#x}: LO12 does not name its HI20")
    return wrong


def broken_slots(module):
    """One absolute record for each pointer of .got, and nothing else in it."""
    got = module.section(".got")
    if got is None:
        return []
    size, absolute = POINTER[module.arch]
    records = module.records.get(".got", [])
    wrong = [f".got+{r.offset:#x} has type {r.type}" for r in records if r.type != absolute or r.settled]
    if records and sorted(r.offset for r in records) != list(range(0, got.memory, size)):
        wrong.append(".got has other than one record for each slot")
    return wrong
