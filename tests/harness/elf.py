# SPDX-License-Identifier: MIT
"""elf.py - a reader of ELF files for the tests' scripts, independent of the library under test."""
import struct


class Elf:
    """As much of an ELF file, 32 or 64 bits, little-endian, as tests need.

    sections: [name offset, type, flags, address, offset, size, link, info, alignment, entry size, name]
    """

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.wide = self.data[4] == 2
        table = struct.unpack_from("<Q" if self.wide else "<I", self.data, 0x28 if self.wide else 0x20)[0]
        size, count, names = struct.unpack_from("<HHH", self.data, 0x3A if self.wide else 0x2E)
        form = "<IIQQQQIIQQ" if self.wide else "<IIIIIIIIII"
        self.sections = [list(struct.unpack_from(form, self.data, table + i * size)) for i in range(count)]
        for section in self.sections:
            section.append(self.text(names, section[0]))

    def text(self, section, offset):
        start = self.sections[section][4] + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def index(self, name):
        return next((i for i, s in enumerate(self.sections) if s[10] == name), None)

    def address(self, name):
        return self.sections[self.index(name)][3]

    def bytes(self, name):
        index = self.index(name)
        if index is None:
            return b""
        section = self.sections[index]
        return self.data[section[4]:section[4] + section[5]]

    def symbols(self):
        """[(name, section index, value)]"""
        table = next((s for s in self.sections if s[1] == 2), None)
        result = []
        for at in range(table[4], table[4] + table[5], table[9]) if table else ():
            if self.wide:
                name, _, _, section, value, _ = struct.unpack_from("<IBBHQQ", self.data, at)
            else:
                name, value, _, _, _, section = struct.unpack_from("<IIIBBH", self.data, at)
            result.append((self.text(table[6], name), section, value))
        return result

    def relocations(self, section):
        """[(offset, type, symbol index, addend or None)] of the section with this index, in file order"""
        result = []
        for s in self.sections:
            if s[1] not in (4, 9) or s[7] != section:
                continue
            form = {(4, True): "<QQq", (4, False): "<IIi", (9, False): "<II"}[s[1], self.wide]
            for at in range(s[4], s[4] + s[5], s[9]):
                offset, info, *addend = struct.unpack_from(form, self.data, at)
                number, symbol = (info & 0xFFFFFFFF, info >> 32) if self.wide else (info & 0xFF, info >> 8)
                result.append((offset, number, symbol, addend[0] if addend else None))
        return result
