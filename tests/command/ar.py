#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Libraries, as the smf command makes them, looks into them and takes them apart.

    ar.py [--sanitized] [--emulator WORD]... SMF GOLDEN [CASE...]     GOLDEN: tests/golden

TAP; exit status 1 if a case fails. reader_... and writer_... are the rows of the conformance list about files.
"""
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys

from command import CANONICAL, R72, R96, Failure, Skip, main, same

STANDARD, SHORT = 0x100000001B3, 0x1000001B3
OBJECT = b"\x7fELF, as an object\0"


def fnv64(content, prime=STANDARD):
    value = 0xCBF29CE484222325
    for byte in content:
        value = (value ^ byte) * prime & 0xFFFFFFFFFFFFFFFF
    return value


def library(modules, prime=STANDARD, flags=0, longer=False, document=False):
    """A library of [(name, module, object)], as whoever else writes them: names may be anything."""
    start = 128 + 128 * len(modules)
    index, data = b"", b""
    for name, module, native in modules:
        place, hashes = start + len(data), (fnv64(module, prime), fnv64(native, prime) if native else 0)
        gaps = [bytes(-len(payload) % (16 if flags else 1)) for payload in (module, native)]  # ours have zeros behind them
        if document:
            index += struct.pack("<64sQQQQ32x", name, place, len(module), hashes[0], 1770000000)
        else:
            index += struct.pack("<64sQQQQQQ16x", name, place, len(module), place + len(module + gaps[0]) if native else 0, len(native),
                                 *hashes)
        data += module + gaps[0] + native + gaps[1]
    header = struct.pack("<4sBBHIQQQQQI72x", b"LSMF", 1, 0, 0, len(modules), 128, len(index), start,
                         fnv64(index + data, prime), fnv64(index, prime), flags)
    return header + bytes(4 if longer else 0) + index + data


def files(folder):
    """Every file below a folder, and what is in it; links by where they lead."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            if os.path.islink(full):
                found[os.path.relpath(full, folder)] = "-> " + os.readlink(full)
            else:
                with open(full, "rb") as file:
                    found[os.path.relpath(full, folder)] = file.read()
    return found


def fresh(smf, name):
    path = os.path.join(smf.folder, name)
    os.mkdir(path)
    return path


def create(smf, name, *arguments):
    path = os.path.join(smf.folder, name)
    same(smf.good("ar", "create", path, *arguments), "", "create " + name)
    return path


def sample(smf):
    """Three modules, one of them with an object."""
    return create(smf, "sample.lsm", "std/io/mod=" + smf.sample(R72), "--object", smf.write("native.o", OBJECT),
                  smf.sample(CANONICAL), "b=" + smf.sample(R96))


def refused(smf, verb, path, *arguments, says, shown=None, status=1):
    return smf.refused("ar", verb, path, *arguments, says=says, status=status, shown=path if shown is None else shown)


# --- Writing ---------------------------------------------------------------------------------------------


def writer_counts_and_names(smf):
    path = sample(smf)
    same(smf.good("ar", "list", path), "b\ngolden\nstd/io/mod\n", "names")
    found = json.loads(smf.good("ar", "list", "--json", path))
    same([row["name"] for row in found], ["b", "golden", "std/io/mod"], "names")
    same([row["size"] for row in found], [len(smf.read(name)) for name in (R96, CANONICAL, R72)], "sizes")
    same([row["hash"] for row in found], [f"0x{fnv64(smf.read(name)):016x}" for name in (R96, CANONICAL, R72)], "hashes")
    same([row["object_size"] for row in found], [0, 0, len(OBJECT)], "objects")
    same([row["object_hash"] for row in found], [None, None, f"0x{fnv64(OBJECT):016x}"], "hashes of objects")
    same(found[0]["offset"], 128 * 4, "the first module's place")
    same(smf.read(path), library([(b"b", smf.read(R96), b""), (b"golden", smf.read(CANONICAL), b""),
                                  (b"std/io/mod", smf.read(R72), OBJECT)], flags=1), "all of it")


def writer_round_trip_is_byte_exact(smf):
    path, out = sample(smf), fresh(smf, "out")
    same(smf.good("ar", "extract", "-C", out, "--objects", path), "", "extract")
    same(files(out), {"b.smf": smf.read(R96), "golden.smf": smf.read(CANONICAL),
                      os.path.join("std", "io", "mod.smf"): smf.read(R72), os.path.join("std", "io", "mod.o"): OBJECT}, "files")
    names = smf.good("ar", "list", path).split()
    again = create(smf, "again.lsm", "--objects", out, *(f"{name}={out}/{name}.smf" for name in reversed(names)))
    same(smf.read(again), smf.read(path), "the library made again")


def writer_order_of_inputs_is_no_matter(smf):
    one, two = "b=" + smf.sample(R72), "a=" + smf.sample(R96)
    same(smf.read(create(smf, "1.lsm", one, two)), smf.read(create(smf, "2.lsm", two, one)), "both libraries")


def writer_takes_files_in(smf):
    """NAME= wins over the module's own name, and that over the file's."""
    path = create(smf, "names.lsm", smf.sample(CANONICAL), "other/name=" + smf.sample(CANONICAL), smf.sample(R72),
                  smf.write("two.dots.smf", smf.read(R72)), smf.write("plain", smf.read(R72)), smf.write(".hidden", smf.read(R72)))
    same(smf.good("ar", "list", path).split(),
         sorted(["golden", "other/name", "simpleos-r72-mod", "two.dots", "plain", ".hidden"]), "names")
    equal = smf.write("a=b.smf", smf.read(R72))
    same(smf.good("ar", "list", create(smf, "equal.lsm", "x=" + equal)), "x\n", "a file with = in its name")
    longest = "n" * 63
    same(smf.good("ar", "list", create(smf, "longest.lsm", longest + "=" + equal)), longest + "\n", "the longest name")
    smf.write("only.lsm", b"whatever was here")
    create(smf, "only.lsm", "--", "x=" + equal)
    smf.good("ar", "verify", os.path.join(smf.folder, "only.lsm"))


def writer_missing_inputs_are_rejected(smf):
    out, none = fresh(smf, "out"), os.path.join(smf.folder, "none.smf")
    path, module = os.path.join(out, "x.lsm"), "m=" + smf.sample(R72)
    refused(smf, "create", path, module, none, says="No such file", shown=none)
    refused(smf, "create", path, module, "--object", none, says="No such file", shown=none)
    refused(smf, "create", path, "--objects", none, module, says="No such file", shown=none)
    refused(smf, "create", path, module, out, says="Is a directory", shown=out)
    refused(smf, "create", os.path.join(out, "no", "x.lsm"), module, says="No such file")
    refused(smf, "create", out, module, says="Is a directory")
    same(os.listdir(out), [], "files that are left")


def writer_refuses_an_empty_library(smf):
    path = os.path.join(smf.folder, "x.lsm")
    for arguments in ((), ("--objects", smf.folder), ("--",)):
        found = smf.run("ar", "create", path, *arguments)
        same((found.returncode, found.stdout), (2, b""), "create without modules")
        same(b"one module at least" in found.stderr, True, found.stderr)
    same(os.path.exists(path), False, "a file")


def writer_refuses_duplicates(smf):
    path = os.path.join(smf.folder, "x.lsm")
    refused(smf, "create", path, "m=" + smf.sample(R72), "n=" + smf.sample(R72), "m=" + smf.sample(R96), says="'m'")
    refused(smf, "create", path, smf.sample(CANONICAL), "golden=" + smf.sample(R96), says="'golden'")
    same(os.path.exists(path), False, "a file")


def writer_proves_each_module(smf):
    """What is wrong is said of the file that it is wrong with, and the library that was there stays."""
    path = sample(smf)
    before = smf.read(path)
    canonical = smf.read(CANONICAL)
    bad = {"text": (b"hello, world\n" * 40, "no SMF header"), "empty": (b"", "no SMF header"), "cut": (canonical[:-1], ""),
           "bent": (canonical[:10] + b"\xff" + canonical[11:], "hash"), "library": (before, "LSM library"),
           "wasm": (smf.read(R72)[:7] + b"\6" + smf.read(R72)[8:], "no relocation rows")}
    for name, (content, says) in bad.items():
        file = smf.write(name + ".smf", content)
        refused(smf, "create", path, "good=" + smf.sample(R72), "m=" + file, says=says, shown=file)
    same(smf.read(path), before, "the library that was there")


def writer_refuses_names_that_lead_elsewhere(smf):
    path = os.path.join(smf.folder, "x.lsm")
    for name, says in (("../x", "'..'"), ("a/../b", "'..'"), ("..", "'..'"), ("./x", "'.'"), ("/x", "absolute"), ("a//b", "empty part"),
                       ("a/", "empty part"), ("a\\b", "backslash"), ("c:x", "colon"), ("a\nb", "control"), ("a\x7f", "control")):
        refused(smf, "create", path, name + "=" + smf.sample(R72), says=says,
                shown="".join(c if c.isprintable() else "?" for c in f"{smf.sample(R72)}: module '{name}'"))
    hostile = smf.read(CANONICAL).replace(b"golden", b"../../")
    found = smf.run("ar", "create", path, smf.write("own.smf", hostile[:-128 + 60] + bytes(8) + hostile[-128 + 68:]))
    same((found.returncode, b"has a part" in found.stderr or b"empty part" in found.stderr), (1, True), found.stderr)
    same(os.path.exists(path), False, "a file")


def writer_stores_objects(smf):
    folder = fresh(smf, "objects")
    os.mkdir(os.path.join(folder, "deep"))
    for name in ("one.o", os.path.join("deep", "two.o"), "unused.o"):
        smf.write(os.path.join("objects", name), name.encode())
    path = create(smf, "x.lsm", "--objects", folder, "one=" + smf.sample(R72), "--object", smf.write("own.o", b"own"),
                  "deep/two=" + smf.sample(R72), "three=" + smf.sample(R72), "unused.o/four=" + smf.sample(R72))
    same({row["name"]: row["object_size"] for row in json.loads(smf.good("ar", "list", "--json", path))},
         {"one": 3, "deep/two": len("deep/two.o"), "three": 0, "unused.o/four": 0}, "objects")
    empty = smf.write("empty.o", b"")
    refused(smf, "create", path, "m=" + smf.sample(R72), "--object", empty, says="is empty", shown=empty)
    os.mkdir(os.path.join(folder, "three.o"))
    refused(smf, "create", path, "--objects", folder, "three=" + smf.sample(R72), says="Is a directory", shown=folder + "/three.o")


def writer_leaves_nothing_on_a_full_disk(smf):
    """Half a library is never seen: the old file stays, and no other one."""
    if smf.emulator:
        raise Skip("limits of this system's files are not wine's")
    path, out = sample(smf), fresh(smf, "out")
    before = set(os.listdir(smf.folder))

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    for arguments in (("create", path, "m=" + smf.sample(CANONICAL)), ("extract", "-C", out, path, "golden")):
        found = subprocess.run([*smf.words, "ar", *arguments], capture_output=True, timeout=60, preexec_fn=limit, check=False)
        same((found.returncode, b"File too large" in found.stderr), (1, True), f"{arguments[0]}: {found.stderr}")
    same((set(os.listdir(smf.folder)), files(out)), (before, {}), "files")
    smf.good("ar", "verify", path)


def writer_keeps_to_the_umask_and_to_devices(smf):
    if smf.emulator:
        raise Skip("Windows has neither")
    path = create(smf, "x.lsm", "m=" + smf.sample(R72))
    same(os.stat(path).st_mode & 0o7777, 0o666 & ~smf.umask, "mode")
    out = fresh(smf, "out")
    smf.good("ar", "extract", "-C", out, path)
    same(os.stat(os.path.join(out, "m.smf")).st_mode & 0o7777, 0o666 & ~smf.umask, "mode")
    create(smf, "/dev/null", "m=" + smf.sample(R72))
    same(os.stat("/dev/null").st_rdev != 0, True, "/dev/null is a device")


# --- Reading ---------------------------------------------------------------------------------------------


def reader_open_missing(smf):
    none = os.path.join(smf.folder, "none.lsm")
    for verb in ("list", "verify", "extract"):
        refused(smf, verb, none, says="No such file")
        refused(smf, verb, smf.folder, says="Is a directory")


def reader_open_invalid(smf):
    good = library([(b"m", smf.read(R72), b"")])
    for name, content, says in (
            ("empty", b"", "library"), ("text", b"text" * 100, "library"), ("module", smf.read(CANONICAL), "library"),
            ("magic", b"LSMF", ""), ("version", good[:4] + b"\2" + good[5:], "version"), ("count", good[:8] + b"\2" + good[9:], ""),
            ("garbage", b"LSMF" + bytes(range(256)) * 4, "")):
        path = smf.write(name + ".lsm", content)
        for verb in ("list", "verify", "extract"):
            refused(smf, verb, path, says=says)


def reader_finds_and_misses(smf):
    path, out = sample(smf), fresh(smf, "out")
    smf.good("ar", "extract", "-C", out, path, "std/io/mod", "b")
    same(sorted(files(out)), sorted(["b.smf", os.path.join("std", "io", "mod.smf")]), "files")
    out = fresh(smf, "out2")
    for name in ("mod", "std/io/mo", "std/io/modd", "B", ""):
        refused(smf, "extract", path, "-C", out, "b", name, says="is not in it", shown=f"{path}: module '{name}'")
    refused(smf, "extract", path, "-C", out, "b", "b", says="is there twice", shown=f"{path}: module 'b'")
    same(files(out), {}, "files after a name that is missing")
    smf.good("ar", "extract", "--objects", "-C", out, path, "b")
    same(files(out), {"b.smf": smf.read(R96)}, "a module without an object")
    refused(smf, "extract", path, "-C", os.path.join(smf.folder, "none"), says="No such file", shown=os.path.join(smf.folder, "none"))


def reader_knows_all_forms(smf):
    modules = [(b"z/first", smf.read(R72), OBJECT), (b"a/second", smf.read(CANONICAL), b"")]
    plain = [(name, module, b"") for name, module, _ in modules]
    for longer in (False, True):
        for prime, word in ((STANDARD, "standard"), (SHORT, "short")):
            for document in (False, True):
                path = smf.write("form.lsm", library(plain if document else modules, prime, 0, longer, document))
                what = f"{longer} {word} {document}"
                found = json.loads(smf.good("inspect", "--json", path))
                same([found[key] for key in ("layout", "version", "packed", "header_size", "entries", "prime", "sorted", "count")],
                     ["LSM", "1.0", None, 132 if longer else 128, "document" if document else "objects", word, False, 2], what)
                same([row["name"] for row in found["modules"]], ["z/first", "a/second"], what)
                same(smf.good("ar", "verify", path), f"{path}: good (library, 2 modules, {0 if document else 1} objects)\n", what)
                out = fresh(smf, what)
                smf.good("ar", "extract", "--objects", "-C", out, path)
                wanted = {os.path.join("z", "first.smf"): smf.read(R72), os.path.join("a", "second.smf"): smf.read(CANONICAL)}
                if not document:
                    wanted[os.path.join("z", "first.o")] = OBJECT
                same(files(out), wanted, what)


def reader_stays_in_the_folder(smf):
    """Names of a stranger's library: nothing is written for any of them, and nothing of the rest either."""
    outer = fresh(smf, "outer")
    out = os.path.join(outer, "in", "ner")
    os.makedirs(out)
    for name in (b"../x", b"../../x", b"..", b".", b"a/../../../x", b"a/..", b"/tmp/smf-ar-escaped", b"//x", b"a//b", b"a/", b"..\\x",
                 b"a\\..\\..\\x", b"c:x", b"c:\\x", b"x:stream", b"a\nb", b"\x1b[31m"):
        path = smf.write("hostile.lsm", library([(b"good", smf.read(R72), b""), (name, smf.read(R72), OBJECT)]))
        for arguments in ((), ("--objects",), (name,)):
            found = smf.run("ar", "extract", "-C", out, path, *arguments)
            same((found.returncode, found.stdout, found.stderr.count(b"\n")), (1, b"", 1), f"{name!r}: {found.stderr!r}")
            same(found.stderr[:-1].decode("ascii").isprintable(), True, f"{name!r}: {found.stderr!r}")
        same(files(outer), {}, f"files after {name!r}")
    same(os.path.exists("/tmp/smf-ar-escaped.smf"), False, "the absolute name")


def reader_follows_no_links(smf):
    if smf.emulator:
        raise Skip("links of this system are none of wine's")
    path, away = sample(smf), fresh(smf, "away")
    out = fresh(smf, "out")
    os.symlink(away, os.path.join(out, "std"))
    refused(smf, "extract", path, "-C", out, "std/io/mod", says="symbolic links", shown=f"{out}/std/io/mod.smf")
    os.remove(os.path.join(out, "std"))
    os.mkdir(os.path.join(out, "std"))
    os.symlink("../../away", os.path.join(out, "std", "io"))
    refused(smf, "extract", path, "-C", out, "std/io/mod", says="symbolic links", shown=f"{out}/std/io/mod.smf")
    same(files(away), {}, "files where the links lead")
    victim = smf.write(os.path.join("away", "victim"), b"untouched")
    os.symlink(victim, os.path.join(out, "b.smf"))
    os.symlink(os.path.join(away, "dangling"), os.path.join(out, "golden.smf"))
    smf.good("ar", "extract", "-C", out, path, "b", "golden")
    same(files(away), {"victim": b"untouched"}, "what links led to")
    same({name: content for name, content in files(out).items() if not name.startswith("std")},
         {"b.smf": smf.read(R96), "golden.smf": smf.read(CANONICAL)}, "files")
    os.remove(os.path.join(out, "b.smf"))
    os.link(victim, os.path.join(out, "b.smf"))
    os.remove(os.path.join(out, "golden.smf"))
    os.mkfifo(os.path.join(out, "golden.smf"))
    smf.good("ar", "extract", "-C", out, path, "b", "golden")
    same(files(away), {"victim": b"untouched"}, "the other name of a file")
    same(files(out)["golden.smf"], smf.read(CANONICAL), "what was a pipe")
    os.symlink(out, os.path.join(smf.folder, "named"))
    smf.good("ar", "extract", "-C", os.path.join(smf.folder, "named"), path, "b")


def reader_meets_what_is_in_the_way(smf):
    path, out = sample(smf), fresh(smf, "out")
    smf.write(os.path.join("out", "std"), b"a file")
    refused(smf, "extract", path, "-C", out, "std/io/mod", says="Not a directory", shown=f"{out}/std/io/mod.smf")
    os.mkdir(os.path.join(out, "b.smf"))
    line = refused(smf, "extract", path, "-C", out, "b", says="", shown=f"{out}/b.smf")
    same("directory" in line or "denied" in line, True, line)
    same(files(out), {"std": b"a file"}, "files")
    os.rmdir(os.path.join(out, "b.smf"))
    smf.write(os.path.join("out", "b.smf"), b"older")
    smf.good("ar", "extract", "-C", out, path, "b")
    same(files(out)["b.smf"], smf.read(R96), "what took the place of an older file")


def reader_refuses_names_that_windows_has_not(smf):
    """There they are devices, or other files' names; here they are names like any other."""
    for number, names in enumerate(((b"nul",), (b"a/Con",), (b"com1.x",), (b"a./b",), (b"a /b",), (b"a*b",), (b"x", b"X"))):
        path = smf.write("w.lsm", library([(name, smf.read(R72), b"") for name in names]))
        out = fresh(smf, f"out{number}")
        if smf.emulator:
            found = smf.run("ar", "extract", "-C", out, path)
            same((found.returncode, files(out)), (1, {}), f"{names}: {found.stderr}")
        else:
            smf.good("ar", "extract", "-C", out, path)
            same(sorted(files(out)), sorted(name.decode() + ".smf" for name in names), "files")


def reader_finds_every_truncation(smf):
    content = smf.read(sample(smf))
    names = [smf.write(f"cut{size}", content[:size]) for size in range(len(content))]
    for first in range(0, len(names), 400):
        group = names[first:first + 400]
        found = smf.run("ar", "verify", *group)
        same((found.returncode, found.stdout), (1, b""), "verify")
        same(found.stderr.count(b"\n") >= len(group), True, "lines")
    out = fresh(smf, "out")
    for size in range(0, len(content), 97):
        smf.run("ar", "extract", "--objects", "-C", out, names[size])
    same({name: stored for name, stored in files(out).items() if stored not in (smf.read(R72), smf.read(R96), smf.read(CANONICAL),
                                                                               OBJECT)}, {}, "half files")


def reader_finds_every_flipped_bit(smf):
    """All but what no hash covers and nothing contradicts: the minor version, and the word that names are sorted."""
    content = smf.read(sample(smf))
    good = []
    step = 1 if not smf.emulator and not smf.sanitized else 7
    bits = [*range(0, 128 * 8), *range(128 * 8, len(content) * 8, step)]
    for first in range(0, len(bits), 500):
        names = []
        for bit in bits[first:first + 500]:
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            names.append(smf.write(f"bit{bit}", bytes(flipped)))
        found = smf.run("ar", "verify", *names)
        good += [os.path.basename(line.split(": ")[0]) for line in found.stdout.decode().splitlines()]
        for name in names:
            os.remove(name)
    same(good, [f"bit{bit}" for bit in (*range(40, 48), 52 * 8)], "files with one bit flipped that are called good")


# --- Looking ---------------------------------------------------------------------------------------------


def verify_names_the_module_that_is_wrong(smf):
    canonical = smf.read(CANONICAL)
    bent = canonical[:10] + b"\xff" + canonical[11:]
    path = smf.write("x.lsm", library([(b"one", smf.read(R72), b""), (b"std/two", bent, b""), (b"three", b"text" * 40, b"")]))
    for words in (("verify",), ("ar", "verify")):
        found = smf.run(*words, path, smf.write("good.lsm", library([(b"m", canonical, b"")])))
        lines = found.stderr.decode().splitlines()
        same((found.returncode, found.stdout.count(b": good (library, 1 modules")), (1, 1), "verify")
        same([line.startswith(f"smf: {path}: module '{name}': ") for line, name in zip(lines, ("std/two", "three"))] + [len(lines)],
             [True, True, 2], found.stderr)
        same(("hash" in lines[0], "no SMF header" in lines[1]), (True, True), found.stderr)
    content = bytearray(library([(b"one", smf.read(R72), b""), (b"two", canonical, OBJECT)]))
    content[-3] ^= 1
    smf.refused("verify", smf.write("object.lsm", bytes(content)), says="hash",
                shown=os.path.join(smf.folder, "object.lsm") + ": module 'two'")
    content[-3] ^= 1
    content[36] ^= 1
    smf.refused("verify", smf.write("whole.lsm", bytes(content)), says="hash")
    smf.refused("verify", smf.write("twice.lsm", library([(b"m", canonical, b""), (b"m", canonical, b"")])), says="'m'")
    smf.refused("verify", smf.write("order.lsm", library([(b"n", canonical, b""), (b"m", canonical, b"")], flags=1)), says="'m'")
    same(smf.good("verify", sample(smf), smf.sample(R72)).count(": good ("), 2, "a library and a module")


def extract_proves_before_it_writes(smf):
    content = bytearray(library([(b"one", smf.read(R72), b""), (b"two", smf.read(R72), b"")]))
    content[-1] ^= 1
    path, out = smf.write("x.lsm", bytes(content)), fresh(smf, "out")
    refused(smf, "extract", path, "-C", out, says="hash", shown=f"{path}: module 'two'")
    same(files(out), {}, "files")
    smf.good("ar", "extract", "-C", out, path, "one")
    refused(smf, "extract", smf.write("y.lsm", library([(b"m", smf.read(R72), b"")] * 2)), "-C", out, says="is there twice",
            shown=os.path.join(smf.folder, "y.lsm") + ": module 'm'")


def inspect_looks_into_a_library(smf):
    path = sample(smf)
    text = smf.good("inspect", path)
    for line in ("LSM library, version 1.0", "names     sorted", "3 modules, 1 with an object", "FNV-1a-64\n", " std/io/mod\n"):
        same(line in text, True, f"{line!r} in {text}")
    for name, file in (("golden", CANONICAL), ("std/io/mod", R72), ("b", R96)):
        for words in ((), ("--json",)):
            same(smf.good("inspect", *words, "--module", name, path), smf.good("inspect", *words, smf.sample(file)), name)
    smf.refused("inspect", path, "--module", "none", says="is not in it", shown=f"{path}: module 'none'")
    smf.refused("inspect", smf.sample(R72), "--module", "none", says="library")
    bad = smf.write("bad.lsm", library([(b"m", b"text", b"")]))
    smf.refused("inspect", bad, "--module", "m", says="no SMF header", shown=f"{bad}: module 'm'")
    found = json.loads(smf.good("inspect", "--json", smf.write("none.lsm", library([]))))
    same((found["count"], found["modules"]), (0, []), "a library of nothing")
    odd = smf.write("odd.lsm", library([(b"\xff\"\\\xe2\x82\xac", smf.read(R72), b"")]))
    same(json.loads(smf.good("ar", "list", "--json", odd))[0]["name"], "\\xff\"\\\u20ac", "an odd name")
    same(smf.good("ar", "list", odd), "?\"\\???\n", "an odd name on a terminal")


def inspect_says_when_no_prime_fits(smf):
    content = bytearray(library([(b"m", smf.read(R72), b"")]))
    content[44] ^= 1
    path = smf.write("x.lsm", bytes(content))
    same(json.loads(smf.good("inspect", "--json", path))["prime"], None, "prime")
    same("neither" in smf.good("inspect", path), True, "text")


def packed_files_are_unpacked(smf):
    """A library that is compressed as a whole is looked into like any other; a module that is goes in unpacked."""
    if shutil.which("zstd") is None or smf.emulator:
        raise Skip("no program zstd, or a command without the library")

    def pack(path):
        return smf.write(os.path.basename(path) + ".zst", subprocess.run(["zstd", "-q", "-c", path], capture_output=True, check=True).stdout)

    path = sample(smf)
    packed = pack(path)
    if b"no library for that" in smf.run("inspect", packed).stderr:
        raise Skip("this command is built without libzstd")
    same(json.loads(smf.good("inspect", "--json", packed)), {**json.loads(smf.good("inspect", "--json", path)), "packed": "zstd"}, "inspect")
    same(smf.good("inspect", packed).splitlines()[0],
         f"packed    zstd, {os.path.getsize(packed)} bytes for {os.path.getsize(path)}", "inspect")
    same(smf.good("ar", "list", packed), smf.good("ar", "list", path), "list")
    smf.good("ar", "verify", packed)
    out, again = fresh(smf, "out"), fresh(smf, "again")
    smf.good("ar", "extract", "--objects", "-C", out, packed)
    smf.good("ar", "extract", "--objects", "-C", again, path)
    same(files(out), files(again), "what is extracted")
    same(smf.read(create(smf, "unpacked.lsm", "m=" + pack(smf.sample(R72)))), smf.read(create(smf, "plain.lsm", "m=" + smf.sample(R72))),
         "a library of an unpacked module")
    with open(packed, "rb") as file:
        cut = smf.write("cut.lsm", file.read()[:-1])
    for verb in ("list", "verify", "extract"):
        refused(smf, verb, cut, says="damaged or cut")


def wrong_usage(smf):
    for arguments in ((), ("nothing",), ("create",), ("create", "--object"), ("create", "a", "--object", "b"), ("create", "a", "b", "--object"),
                      ("create", "a", "b", "--object", "c", "--object", "d"), ("create", "a", "--objects"), ("create", "a", "=b"),
                      ("create", "a", "b="), ("create", "a", "--nothing", "b"), ("create", "a", "n" * 64 + "=b"), ("list",),
                      ("list", "a", "b"), ("list", "--nothing", "a"), ("extract",), ("extract", "a", "-C"), ("extract", "--nothing", "a"),
                      ("verify",)):
        found = smf.run("ar", *arguments)
        same((found.returncode, found.stdout), (2, b""), " ".join(arguments))
        same(found.stderr.startswith(b"smf: ar") and found.stderr.endswith(b"--help\n"), True, found.stderr)
    for verb in ("create", "list", "extract"):
        same(smf.run("ar", verb, "--nothing", "a").stderr.decode().strip(),
             f"smf: ar {verb}: unknown option --nothing; try smf ar {verb} --help", verb)
    same(smf.run("inspect", "--module", "m").returncode, 2, "inspect --module")
    for words in ((), ("create",), ("list",), ("extract",), ("verify",)):
        same(smf.good("ar", *words, "--help").startswith("usage: smf ar"), True, " ".join(words))


CASES = [writer_counts_and_names, writer_round_trip_is_byte_exact, writer_order_of_inputs_is_no_matter, writer_takes_files_in,
         writer_missing_inputs_are_rejected, writer_refuses_an_empty_library, writer_refuses_duplicates, writer_proves_each_module,
         writer_refuses_names_that_lead_elsewhere, writer_stores_objects, writer_leaves_nothing_on_a_full_disk,
         writer_keeps_to_the_umask_and_to_devices, reader_open_missing, reader_open_invalid, reader_finds_and_misses,
         reader_knows_all_forms, reader_stays_in_the_folder, reader_follows_no_links, reader_meets_what_is_in_the_way,
         reader_refuses_names_that_windows_has_not, reader_finds_every_truncation, reader_finds_every_flipped_bit,
         verify_names_the_module_that_is_wrong, extract_proves_before_it_writes, inspect_looks_into_a_library,
         inspect_says_when_no_prime_fits, packed_files_are_unpacked, wrong_usage]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CASES, __doc__))
