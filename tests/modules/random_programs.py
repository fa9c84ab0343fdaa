#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random C programs of several files, linked by the compiler and by `smf build`: the output has to be the same.

    random_programs.py SMF [COUNT [FIRST]]

What they consist of is what linkers get wrong: tables of pointers into other files and into the middle of objects,
switches that become jump tables, constants of floating point, COMMON, weak, hidden and static symbols of one name,
constructors with priorities, odd alignments, sections of their own, members of archives. Program N is always the same."""
import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

COMPILERS = ("gcc", "clang")
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")
MODELS = ("-fPIC", "-fpic", "-fno-pic -fno-pie", "-fPIE", "-mcmodel=large -fno-pic -fno-pie", "-mcmodel=large -fPIC",
          "-mcmodel=medium -fPIC -mlarge-data-threshold=64", "-fPIC -fno-plt", "-fPIC -mno-red-zone -fcf-protection=full",
          "-fPIC -fno-jump-tables")
SECTIONS = ("", "", "-ffunction-sections -fdata-sections", "-fcommon", "-fno-common -fno-asynchronous-unwind-tables", "-g")
FILES = 4


class Program:
    """FILES sources; functions are u32 f(u32), a call goes to a function with a larger number only."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.functions = [(f"f{i}", i % FILES) for i in range(self.draw.randint(8, 24))]
        self.tables = [(f"t{i}", self.draw.randrange(FILES), self.draw.randint(1, 40)) for i in range(self.draw.randint(3, 9))]
        self.texts = [self._file(i) for i in range(FILES)]

    def _storage(self, name):
        """Attributes and alignment of a variable."""
        words = []
        if self.draw.random() < 0.3:
            words.append(f"aligned({self.draw.choice((1, 2, 16, 64, 256, 4096))})")
        if self.draw.random() < 0.2:
            words.append('visibility("%s")' % self.draw.choice(("hidden", "protected")))
        if self.draw.random() < 0.15:
            words.append(f'section("{self.draw.choice((".keep.r", "mine", ".data.x." + name))}")')
        return f"__attribute__(({', '.join(words)})) " if words else ""

    def _address(self):
        """A constant address: of a place in a table."""
        name, _, count = self.draw.choice(self.tables)
        return f"&{name}[{self.draw.randrange(count)}]"

    def _variables(self, number):
        lines = [f"extern u32 {name}[{count}];" for name, _, count in self.tables]
        lines += [f"u32 {name}(u32);" for name, _ in self.functions]
        lines.append("__attribute__((weak)) u32 absent(u32); __attribute__((weak)) extern u32 missing;")
        for name, home, count in self.tables:
            if home == number:
                values = ", ".join(str(self.draw.getrandbits(32)) + "u" for _ in range(self.draw.randint(0, count)))
                lines.append(f"{self._storage(name)}u32 {name}[{count}]{' = {' + values + '}' if values else ''};")
        pointers = ", ".join(self._address() for _ in range(8))
        calls = ", ".join(self.draw.choice(self.functions)[0] for _ in range(8))
        constant = self.draw.choice(("const ", ""))
        lines += [f"static u32 *{constant}places[8] = {{{pointers}}};", f"static u32 (*{constant}calls[8])(u32) = {{{calls}}};",
                  f"static u32 same = {number}u; static const double halves[3] = {{{self.draw.random()!r}, 0.5, {number}.25}};",
                  "static u32 twice(u32 x) { return x * 2 + same; }",
                  "__attribute__((weak)) u32 whose = %du; u32 shared_%d;" % (number, number)]
        lines.append(f"__attribute__((constructor({self.draw.randint(101, 999)}))) static void up(void) "
                     f"{{ extern u32 order; order = order * 31 + {number}u; same += order & 3; }}")
        return lines

    def _statement(self, index):
        kind = self.draw.randrange(9)
        later = self.functions[index + 1:]
        number = self.draw.getrandbits(32)
        if kind == 0 and later:
            return f"x += {self.draw.choice(later)[0]}(x ^ {number}u);"
        if kind == 1:
            cases = " ".join(f"case {i}: x = x * {self.draw.getrandbits(16)}u + {self.draw.getrandbits(16)}u; break;"
                             for i in range(self.draw.randint(5, 12)))
            return f"switch (x & 15) {{ {cases} default: x ^= {number}u; }}"
        if kind == 2:
            return f"x += *places[x & 7]; *places[{self.draw.randrange(8)}] += x | 1;"
        if kind == 3:
            return f"x ^= (u32)(halves[x % 3] * {self.draw.random()!r} * 1e6) + (u32)((float)(x & 255) * {self.draw.random():.6f}f);"
        if kind == 4:
            return f"x = twice(x) + whose + (absent ? absent(x) : 5u) + (&missing ? missing : 9u);"
        if kind == 5:
            text = "".join(self.draw.choice("abcdefgh") for _ in range(self.draw.randint(1, 20)))
            return f"for (const char *s = \"{text}\"; *s; s++) x = x * 33 + (unsigned char)*s;"
        if kind == 6:
            name, _, count = self.draw.choice(self.tables)
            return f"x += {name}[x % {count}] + (u32)(({name} + {count}) - &{name}[{self.draw.randrange(count)}]);"
        if kind == 7:
            return f"shared_{index % FILES} += x; x ^= shared_{index % FILES} >> 3;"
        return f"static u32 *const kept[2] = {{{self._address()}, &same}}; x = x * 7 + *kept[x & 1];" if kind == 8 and \
            self.draw.random() < 0.5 else f"x = (x << 5 | x >> 27) * {number | 1}u;"

    def _file(self, number):
        lines = ["#include <stdio.h>", "typedef unsigned int u32;"] + self._variables(number)
        for index, (name, home) in enumerate(self.functions):
            if home != number:
                continue
            lines.append(f"u32 {name}(u32 x) {{")
            lines += [f"    {{ {self._statement(index)} }}" for _ in range(self.draw.randint(2, 8))]
            lines.append("    return x;\n}")
        # Calls through the table go to any function: only the ends of chains, so that none runs for ever.
        lines.append(f"u32 around_{number}(u32 x) {{ static u32 depth; if (depth > 3) return x; depth++;\n"
                     "    for (u32 i = 0; i < 8; i++) x ^= calls[i](x + i);\n    depth--; return x; }")
        if number == 0:
            lines += ["u32 order = 1; " + " ".join(f"u32 around_{i}(u32);" for i in range(FILES)),
                      "int main(void) { u32 x = order;", "    for (u32 i = 0; i < 5; i++) {"]
            lines += [f"        x = around_{i}(x); printf(\"{i} %08x\\n\", x);" for i in range(FILES)]
            lines += ["    }"]
            lines += [f"    for (u32 i = 0; i < {count}; i++) x = x * 31 + {name}[i];" for name, _, count in self.tables]
            lines += ["    printf(\"%08x %d\\n\", x, (int)((unsigned long)t0 & 3)); return (int)(x & 127); }"]
        return "\n".join(lines) + "\n"


def run(command, folder):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)


def compare(smf, seed, keep=None):
    """None, or what went wrong."""
    program, draw = Program(seed), random.Random(seed * 7919 + 1)
    compiler, level, model = draw.choice(COMPILERS), draw.choice(LEVELS), draw.choice(MODELS)
    if compiler == "clang":
        model = model.replace("-mlarge-data-threshold=64", "")
    with tempfile.TemporaryDirectory() as folder:
        folder = keep or folder
        objects = []
        for i, text in enumerate(program.texts):
            with open(os.path.join(folder, f"p{i}.c"), "w", encoding="utf-8") as file:
                file.write(text)
            flags = [*level.split(), *model.split(), *draw.choice(SECTIONS).split(), "-ffp-contract=off", "-w"]
            made = run([compiler, *flags, "-c", f"p{i}.c", "-o", f"p{i}.o"], folder)
            if made.returncode != 0:
                return "compiler: " + made.stderr
            objects.append(f"p{i}.o")
        link = "-no-pie" if "-fno-pi" in model else "-pie"
        made = run([compiler, link, "-o", "native", *objects], folder)
        if made.returncode != 0:
            return "linker: " + made.stderr
        inputs, way = list(objects), draw.randrange(4)
        if way == 1:
            run(["ar", "rcs", "rest.a", *objects[1:]], folder)
            inputs = ["p0.o", "rest.a"]
        elif way == 2:
            run(["ld", "-r", "-o", "joined.o", *objects], folder)
            inputs = ["joined.o"]
        elif way == 3:
            run(["ld", "-r", "-o", "joined.o", *objects[2:]], folder)
            run(["strip", "--strip-unneeded", "joined.o"], folder)
            inputs = [*objects[:2], "joined.o"]
        for command in ([smf, "build", "-o", "module.smf", *inputs], [smf, "verify", "module.smf"]):
            made = run(command, folder)
            if made.returncode != 0:
                return f"{compiler} {level} {model} {way}: {' '.join(command[1:])}: {made.stderr}"
        wanted, found = run(["./native"], folder), run([smf, "run", "module.smf"], folder)
        if (wanted.returncode, wanted.stdout) != (found.returncode, found.stdout):
            return (f"{compiler} {level} {model} {way}: status {found.returncode}, wanted {wanted.returncode}\n"
                    f"--- linked\n{wanted.stdout}--- loaded\n{found.stdout}{found.stderr}")
    return None


def main():
    smf = os.path.abspath(sys.argv[1])
    count, first = (int(word) for word in (sys.argv[2:] + ["40", "1"][len(sys.argv) - 2:])[:2])
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for seed, trouble in zip(range(first, first + count), pool.map(lambda n: compare(smf, n), range(first, first + count))):
            print(f"{'not ' if trouble else ''}ok {seed - first + 1} - program {seed}", flush=True)
            if trouble:
                failed += 1
                print("#   " + trouble.rstrip().replace("\n", "\n#   "))
                print(f"#   rerun: {sys.argv[0]} {smf} 1 {seed}")
    print(f"1..{count}\n# {count} ran, {failed} failed")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
