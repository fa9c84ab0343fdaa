#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the benchmark's modules, run every part, write bench.csv and print the tables.

    run.py --bench PROGRAM --smf SMF [--musl PROGRAM] --folder FOLDER
           [--sizes 64,1000,10000] [--lookups 64,1024,10000,65536] [--relocations 1000,...,1000000] [--cc CC]
           [--reloads 64,1000] [--modules 1000] [--files 1000] [--libraries 100,1000,10000] [--decode]

Fails when a module does not load, or answers anything but what workload.py says it has to. No time is asserted:
what was to be reached is printed beside what was.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources stay as they are
import report  # noqa: E402
import workload  # noqa: E402

HEADER = "measure,subject,size,median_ns,minimum_ns,runs,checksum,bytes"


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def imports_of(functions):
    return 64 if functions <= 64 else 256


def make_module(options, functions):
    """The same object for every loader: module-N.o, .so, -symbolic.so, .smf, -lz4.smf. Returns the checksum that all must give."""
    stem = options.folder / f"module-{functions}"
    source = stem.with_suffix(".c")
    source.write_text(workload.module(functions, imports_of(functions)), encoding="ascii")
    run(options.cc, "-O2", "-fwrapv", "-fPIC", "-c", "-o", f"{stem}.o", source)
    shared = [options.cc, "-shared", "-nostdlib", f"{stem}.o"]
    run(*shared, "-o", f"{stem}.so")
    run(*shared, "-Wl,-Bsymbolic", "-o", f"{stem}-symbolic.so")
    run(options.smf, "build", "-o", f"{stem}.smf", f"{stem}.o")
    run(options.smf, "build", "--compress", "lz4", "-o", f"{stem}-lz4.smf", f"{stem}.o")
    return workload.expected(functions, imports_of(functions))


def make_exports(options, count):
    source = options.folder / f"exports-{count}.s"
    source.write_text(workload.exports(count), encoding="ascii")
    run(options.cc, "-shared", "-nostdlib", "-o", source.with_suffix(".so"), source)


def make_importer(options, functions):
    stem = options.folder / f"importer-{functions}"
    stem.with_suffix(".c").write_text(workload.importer(functions), encoding="ascii")
    run(options.cc, "-O2", "-fPIC", "-c", "-o", f"{stem}.o", stem.with_suffix(".c"))
    run(options.smf, "build", "--name", stem.name, "-o", f"{stem}.smf", f"{stem}.o")


def make_calls(options):
    """calls-callee, calls-caller and, from two objects, calls-together: each a shared object and a module."""
    def compile_one(name, source):
        path = options.folder / f"calls-{name}.c"
        path.write_text(source, encoding="ascii")
        run(options.cc, "-O2", "-fPIC", "-c", "-o", path.with_suffix(".o"), path)
        return path.with_suffix(".o")

    def link(name, *objects):
        stem = options.folder / f"calls-{name}"
        run(options.cc, "-shared", "-nostdlib", "-Wl,-Bsymbolic", "-Wl,-z,now", "-o", f"{stem}.so", *objects)
        run(options.smf, "build", "--name", stem.name, "-o", f"{stem}.smf", *objects)

    link("callee", compile_one("callee", workload.CALLEE))
    link("caller", compile_one("caller", workload.CALLER))
    link("together", *[compile_one(f"inner-{name}", source) for name, source in workload.TOGETHER.items()])


STANDARD = """#include <algorithm>
#include <cstddef>
#include <cstdint>
struct point { int64_t key, x, y; };
extern "C" void sort_numbers(int64_t *items, size_t count) { std::sort(items, items + count); }
extern "C" void sort_points(point *items, size_t count)
{ std::sort(items, items + count, [](const point &a, const point &b) { return a.key < b.key; }); }
"""


def make_templates(options):
    """templates.smf: the sample templates; templates-sort.so: one of them for i64, as a shared object; -standard.so: std::sort."""
    root = pathlib.Path(__file__).resolve().parents[2]
    sources = root / "tests/generic/templates"
    include = f"-I{root}/core/include"
    run(options.smf, "build", "--cc", options.cc, "--cflags", f"-O2 {include}", "-o", options.folder / "templates.smf",
        *[sources / f"{name}.c" for name in ("sort", "vec", "map", "sum", "swap", "reverse")])
    run(options.cc, "-O2", "-fPIC", "-shared", "-nostdlib", "-ffreestanding", "-DSMF_SHAPE_T=i64", include,
        "-o", options.folder / "templates-sort.so", sources / "sort.c")
    if shutil.which("g++"):
        source = options.folder / "standard.cpp"
        source.write_text(STANDARD, encoding="ascii")
        run("g++", "-O2", "-fPIC", "-shared", "-o", options.folder / "templates-standard.so", source)
    return sources / "sort.c"


def numbers(text):
    return [int(word) for word in text.split(",") if word]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--smf", required=True)
    parser.add_argument("--musl")
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--decode", action="store_true", help="the program has liblz4 to compare with")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--sizes", type=numbers, default=[64, 1000, 10000])
    parser.add_argument("--lookups", type=numbers, default=[64, 1024, 10000, 65536])
    parser.add_argument("--relocations", type=numbers, default=[1000, 10000, 100000, 1000000])
    parser.add_argument("--reloads", type=numbers, default=[64, 1000])
    parser.add_argument("--modules", type=int, default=1000)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--inferences", type=int, default=1000000)
    parser.add_argument("--libraries", type=numbers, default=[100, 1000, 10000])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for functions in options.sizes:
        checksum = make_module(options, functions)
        rows += run(options.bench, "load", options.folder, functions, checksum).splitlines()
        if options.musl:
            rows += run(options.musl, options.folder, functions, checksum).splitlines()
    if options.decode:  # real code of some size: the program itself; and what compresses very well
        rows += run(options.bench, "decode", options.bench, "program").splitlines()
        rows += run(options.bench, "decode", options.folder / f"module-{max(options.sizes)}.smf", "module").splitlines()
    for count in options.lookups:
        make_exports(options, count)
        rows += run(options.bench, "lookup", options.folder, count).splitlines()
    for count in options.libraries:
        rows += run(options.bench, "library", options.folder, count).splitlines()
    for count in options.relocations:
        rows += run(options.bench, "relocations", count).splitlines()
    rows += run(options.bench, "infer", options.inferences, 300 if options.inferences < 1000000 else 300000).splitlines()
    make_calls(options)
    rows += run(options.bench, "calls", options.folder).splitlines()
    for functions in options.reloads:
        checksum = make_module(options, functions)
        make_importer(options, functions)
        rows += run(options.bench, "reload", options.folder, functions, checksum).splitlines()
    rows += run(options.bench, "resolve", options.modules, 100).splitlines()
    rows += run(options.bench, "cache", options.folder, 64, make_module(options, 64), options.files).splitlines()
    source = make_templates(options)
    rows += run(options.bench, "templates", options.folder, source).splitlines()
    rows += run(options.bench, "code", options.folder).splitlines()
    path = options.folder / "bench.csv"
    path.write_text("\n".join([HEADER] + rows) + "\n", encoding="ascii")
    print(report.tables(report.read(path)))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
