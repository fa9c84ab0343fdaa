#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many bytes one and the same code takes in each container, plain and compressed.

    sizes.py --smf SMF --folder FOLDER [--sizes 64,1000,10000] [--cc CC] [--cxx CXX]

The workload of workload.py and programs of tests/corpus and tests/modules, as a module (plain, with sections compressed,
compressed as a whole) and as the GNU linker's shared object and the compiler's object, both stripped of what a linker or
a dynamic loader does not need. Whole files are compressed by the programs zstd -19 and lz4 -12. The last row is all of
them in one library of smf ar, in one archive of objects, and as shared objects, which have nothing to be put into, one by
one. Writes sizes.csv.
"""
import argparse
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources stay as they are
import workload  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
REAL = ["corpus/calls.c", "corpus/data.c", "corpus/numbers.c", "corpus/classes.cc", "corpus/templates.cc", "modules/standard_library.cpp"]
COLUMNS = ["smf", "smf lz4", "smf zstd", "smf.lz4", "smf.zst", "so", "so.lz4", "so.zst", "o", "o.lz4", "o.zst"]


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr.decode(errors='replace')}")
    return done.stdout


def pack(container, path):
    return {container + ".lz4": len(run("lz4", "-q", "-12", "-c", path)), container + ".zst": len(run("zstd", "-q", "-19", "-c", path))}


def measure_together(options, rows):
    """All of them in one file."""
    found = {column: sum(row[column] for _, row in rows) for column in ("so", "so.lz4", "so.zst")}
    for method in ("", "lz4", "zstd"):
        path = options.folder / f"together{method and '.' + method}.lsm"
        run(options.smf, "ar", "create", path, *(f"{options.folder / name}{method and '.' + method}.smf" for name, _ in rows))
        run(options.smf, "ar", "verify", path)
        found[f"smf {method}".strip()] = os.path.getsize(path)
    archive = options.folder / "together.a"
    archive.unlink(missing_ok=True)
    run("ar", "crD", archive, *(f"{options.folder / name}.o" for name, _ in rows))
    found["o"] = os.path.getsize(archive)
    return {**found, **pack("smf", options.folder / "together.lsm"), **pack("o", archive)}


def measure(options, name, source):
    """Bytes by column."""
    stem = options.folder / name
    compiler = options.cc if source.suffix == ".c" else options.cxx
    run(compiler, "-O2", "-fwrapv", "-fPIC", "-I", source.parent, "-c", "-o", f"{stem}.o", source)
    run(compiler, "-shared", "-nodefaultlibs", f"{stem}.o", "-o", f"{stem}.so")
    run("strip", "--strip-unneeded", f"{stem}.so", f"{stem}.o")
    files = {"so": f"{stem}.so", "o": f"{stem}.o", "smf": f"{stem}.smf"}
    for method in ("", "lz4", "zstd"):
        files[f"smf {method}".strip()] = path = f"{stem}{method and '.' + method}.smf"
        run(options.smf, "build", "--name", name, "-o", path, *(["--compress", method] if method else []), f"{stem}.o")
        run(options.smf, "verify", path)
    found = {column: os.path.getsize(path) for column, path in files.items()}
    for container in ("smf", "so", "o"):
        found.update(pack(container, files[container]))
    return found


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    for word, default in (("--smf", None), ("--folder", None), ("--sizes", "64,1000,10000"), ("--cc", "gcc"), ("--cxx", "g++")):
        parser.add_argument(word, default=default, required=default is None)
    options = parser.parse_args(arguments)
    options.folder = pathlib.Path(options.folder)
    options.folder.mkdir(parents=True, exist_ok=True)
    inputs = []
    for size in (int(word) for word in options.sizes.split(",") if word):
        inputs.append((f"workload-{size}", options.folder / f"workload-{size}.c"))
        inputs[-1][1].write_text(workload.module(size, 64 if size <= 64 else 256), encoding="ascii")
    inputs += [(pathlib.Path(path).stem, HERE.parent / path) for path in REAL]
    rows = [(name, measure(options, name, source)) for name, source in inputs]
    rows.append(("all together", measure_together(options, rows)))
    with open(options.folder / "sizes.csv", "w", encoding="ascii") as file:
        file.write("name," + ",".join(COLUMNS) + "\n")
        for name, found in rows:
            file.write(name + "," + ",".join(str(found[column]) for column in COLUMNS) + "\n")
    print(f"{'bytes':18}" + "".join(f"{column:>10}" for column in COLUMNS))
    for name, found in rows:
        print(f"{name:18}" + "".join(f"{found[column]:10}" for column in COLUMNS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
