#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The standard workload: a module whose size is one number, the host that it needs, and what it has to answer.

    workload.py module FUNCTIONS IMPORTS FILE.c   the module; prints what mod_entry(-1) + mod_entry(3) has to be
    workload.py host EXPORTS FILE.c               imp_0, imp_1, ... and bench_host, the table of them
    workload.py exports COUNT FILE.s              a shared object's source that exports COUNT functions

Each function of the module calls one import and one other function, and refers to static data twice; a table holds a
pointer to each, and mod_entry calls them all through it. Loading such a module is imports, distances and pointers in
the proportions of ordinary code. Sizes that are comparable: 64 functions with 64 imports, 1,000 and 10,000 with 256.
"""
import sys

SEEDS = 64


def other(function, functions):
    """Whom a function calls when its argument is negative."""
    return (function * 7 + 1) % functions


def module(functions, imports):
    """C source of the module."""
    lines = [f"extern int imp_{i}(int);" for i in range(imports)]
    lines += [f"int f_{i}(int);" for i in range(functions)]
    lines.append(f"static int seed[{SEEDS}]={{1,2,3}};")
    for i in range(functions):
        lines.append(f"int f_{i}(int x){{ int r = imp_{i % imports}(x) + seed[x&63]; "
                     f"if (x<0) r += f_{other(i, functions)}(x+1); seed[(x+{i})&63]=r; return r; }}")
    names = ",".join(f"f_{i}" for i in range(functions))
    lines.append(f"int (*const tab[{functions}])(int)={{{names}}};")
    lines.append("int mod_entry(int x){ int s=0; for(unsigned i=0;i<sizeof tab/sizeof tab[0];i++) s+=tab[i](x); return s; }")
    return "\n".join(lines) + "\n"


def wrap(value):
    """As a 32-bit int does on the machines that we run on; the workload's sums may pass its range."""
    return (value + 2**31) % 2**32 - 2**31


def importer(functions):
    """C source of a module that imports from module(FUNCTIONS): 64 pointers to its functions, and its entry."""
    count = min(64, functions)
    lines = ["extern int mod_entry(int);"] + [f"extern int f_{i}(int);" for i in range(count)]
    lines.append(f"int (*const used[{count}])(int)={{{','.join(f'f_{i}' for i in range(count))}}};")
    lines.append("int through(int x){ return mod_entry(x); }")
    return "\n".join(lines) + "\n"


# Sources of the calls that are measured: one function calls another, of the same or of another module.
CALLEE = "int callee(int x){ return x + 1; }\n"
CALLER = "extern int callee(int);\nint caller(int n){ int s=0; for(int i=0;i<n;i++) s=callee(s); return s; }\n"
TOGETHER = {"callee": CALLEE.replace("callee", "inner"), "caller": CALLER.replace("callee", "inner").replace("caller", "together")}


class Run:
    """The module, run here: what its functions return, without a compiler or a loader."""

    def __init__(self, functions, imports):
        self.functions, self.imports = functions, imports
        self.seed = [1, 2, 3] + [0] * (SEEDS - 3)

    def call(self, function, x):
        result = wrap(x + function % self.imports + self.seed[x & 63])
        if x < 0:
            result = wrap(result + self.call(other(function, self.functions), x + 1))
        self.seed[(x + function) & 63] = result
        return result

    def entry(self, x):
        total = 0
        for function in range(self.functions):
            total = wrap(total + self.call(function, x))
        return total


def expected(functions, imports):
    run = Run(functions, imports)
    return wrap(run.entry(-1) + run.entry(3)) % 2**32


def host(exports):
    """C source of the host's exports."""
    lines = ["/* Made by workload.py. */", '#include "bench.h"']
    for i in range(exports):
        lines.append(f"int imp_{i}(int x);")
        lines.append(f"int imp_{i}(int x) {{ return x + {i}; }}")
    rows = "\n".join(f'    {{"imp_{i}", (uintptr_t)imp_{i}, SMF_KIND_FUNCTION, 0}},' for i in range(exports))
    lines.append(f"struct smf_export bench_host[{exports}] = {{\n{rows}\n}};")
    lines.append(f"const uint32_t bench_host_count = {exports};")
    return "\n".join(lines) + "\n"


def exports(count):
    """Assembler source of a shared object with `count` functions, named as lookup.c asks for them."""
    lines = [".text"]
    for i in range(count):
        lines += [f".globl export_{i}_of_many", f".type export_{i}_of_many, @function", f"export_{i}_of_many: ret",
                  f".size export_{i}_of_many, . - export_{i}_of_many"]
    return "\n".join(lines) + '\n.section .note.GNU-stack,"",@progbits\n'


def main(arguments):
    verb, numbers, path = arguments[0], [int(n) for n in arguments[1:-1]], arguments[-1]
    with open(path, "w", encoding="ascii") as file:
        file.write({"module": module, "host": host, "exports": exports}[verb](*numbers))
    if verb == "module":
        print(expected(*numbers))


if __name__ == "__main__":
    main(sys.argv[1:])
