#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Modules by name, out of folders and libraries: smf run, smf call and smf watch with --path and --lib.

    names.py [--sanitized] SMF GOLDEN [CASE...]     GOLDEN: tests/golden

TAP; exit status 1 if a case fails.
"""
import os
import struct
import sys

from command import Failure, main, same
from live import APP, LIB, Watch, put


def fnv(content):
    value = 0xCBF29CE484222325
    for byte in content:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value


def library(modules):
    """The bytes of a library: {name: bytes}, written after the table of the format."""
    names = sorted(modules)
    data = b"".join(modules[name] for name in names)
    index, at = b"", 128 + 128 * len(names)
    for name in names:
        size = len(modules[name])
        index += struct.pack("<64s6Q16x", name.encode(), at, size, 0, 0, fnv(modules[name]), 0)
        at += size
    return struct.pack("<4sBBHIQQQQQ76x", b"LSMF", 1, 0, 0, len(names), 128, len(index), 128 + len(index),
                       fnv(index + data), fnv(index)) + index + data


def read(path):
    with open(path, "rb") as file:
        return file.read()


def put_library(smf, name, **modules):
    """A library of modules made from sources; `__` in a name stands for a slash."""
    made = {key.replace("__", "/"): read(put(smf, key, *(value if isinstance(value, tuple) else (value,)),
                                             folder=os.path.join(smf.folder, "parts")))
            for key, value in modules.items()}
    os.makedirs(os.path.dirname(os.path.join(smf.folder, name)), exist_ok=True)
    return replace(smf, name, library(made))


def replace(smf, name, content):
    """A file with other content, in one step: nobody sees half of it."""
    path = os.path.join(smf.folder, name)
    os.rename(smf.write("made", content), path)
    return path


def by_name_from_a_folder(smf):
    mods = os.path.join(smf.folder, "mods")
    put(smf, "app", "int main(int argc, char **argv) { (void)argv; return 30 + argc; }\n", folder=os.path.join(mods, "std", "io"))
    same(smf.run("run", "--path", mods, "std/io/app", "x").returncode, 32, "std/io/app")
    same(smf.run("run", "--path", os.path.join(mods, "std"), "--path", mods, "std/io/app").returncode, 31, "second folder")
    same(smf.run("run", "--path", mods, os.path.join(mods, "std/io/app.smf")).returncode, 31, "a path stays a path")
    os.rename(os.path.join(mods, "std/io/app.smf"), os.path.join(mods, "main.sme"))
    same(smf.run("run", "--path", mods, "main").returncode, 31, ".sme")
    same(smf.run("run", os.path.join(mods, "main.sme")).returncode, 31, ".sme by its path")
    os.rename(os.path.join(mods, "main.sme"), os.path.join(mods, "main.lsm"))
    same(smf.run("run", "--path", mods, "main").returncode, 31, "a module called .lsm")
    put(smf, "f", "long f(long x);\nlong f(long x) { return x + 1; }\n", folder=mods)
    same(smf.good("call", "--path", mods, "f", "f", "41"), "42\n", "call")


def by_name_from_a_library(smf):
    lib = put_library(smf, "l.lsm", std__app=(APP, "--needs", "std/base"), std__base=LIB % 40)
    other = put_library(smf, "other.smf", std__base=LIB % 50, f="long f(long x);\nlong f(long x) { return x + 1; }\n")
    same(smf.run("run", "--lib", lib, "std/app").returncode, 41, "application and its need")
    same(smf.run("run", "--lib", other, "--lib", lib, "std/app").returncode, 51, "the first library goes before")
    same(smf.good("call", "--lib", other, "f", "f", "41"), "42\n", "call; a library by its bytes")
    app = put(smf, "plain", APP, "--needs", "std/base")
    same(smf.run("run", "--lib", lib, app).returncode, 41, "a file needs a module of a library")
    same(smf.run("run", "--path", smf.folder, "std/app").returncode, 41, "libraries of folders are found")
    same(smf.run("run", "--path", smf.folder, "--lib", other, "std/app").returncode, 51, "added ones go before folders")
    same(smf.run("run", "--lib", lib, "--lib", "std/base", put(smf, "bare", APP)).returncode, 41, "--lib NAME out of a library")
    smf.refused("run", lib, says="take one out of it")


def what_is_missing_is_told_with_its_places(smf):
    a, b = os.path.join(smf.folder, "a"), os.path.join(smf.folder, "b")
    os.makedirs(a)
    lib = put_library(smf, "l.lsm", base=LIB % 1)
    smf.refused("run", "--path", a, "--path", b, "--lib", lib, "nobody", shown="nobody",
                says=f"there is no module 'nobody' in {lib}, {a}, {b}")
    smf.refused("call", "--path", a, "--lib", lib, "x/y", "f", shown="x/y", says=f"there is no module 'x/y' in {lib}, {a}")
    app = put(smf, "app", APP, "--needs", "gone")
    smf.refused("run", "--path", a, "--lib", lib, app, shown=app, says=f"there is no module 'gone' in {lib}, {a}")
    smf.refused("run", "--path", a, "--lib", "gone", app, shown="gone", says=f"there is no module 'gone' in {a}")
    smf.refused("run", "nobody", shown="nobody", says="No such file")
    none = os.path.join(smf.folder, "none.lsm")
    smf.refused("run", "--lib", none, app, shown=none, says="No such file")


def names_lead_nowhere_else(smf):
    inside = os.path.join(smf.folder, "mods")
    os.makedirs(inside)
    put(smf, "secret", APP)
    for name in ("../secret", "mods/../secret", "./secret", "..\\secret", "c:secret"):
        smf.refused("run", "--path", inside, name, shown=name, says="there is no module")
    os.symlink("../secret.smf", os.path.join(inside, "link.smf"))
    found = smf.run("run", "--path", inside, "link")
    same(found.returncode, 1, "a link that leads out")
    if b"leads out of the folder" not in found.stderr or b"there is no module 'link'" not in found.stderr:
        raise Failure(f"{found.stderr!r}")


def broken_libraries(smf):
    lib = put_library(smf, "mods/good.lsm", app=APP, base=LIB % 2)
    content = bytearray(read(lib))
    content[-1] ^= 1 # of base, the last payload
    bad = smf.write("bad.lsm", bytes(content))
    smf.refused("call", "--lib", bad, "base", "base", shown=bad + "(base)", says="hash")
    cut = smf.write("cut.lsm", bytes(content[:140]))
    smf.refused("call", "--lib", cut, "base", "base", shown=cut, says="")
    smf.write("mods/a.lsm", bytes(content[:140]))
    found = smf.run("call", "--path", os.path.join(smf.folder, "mods"), "base", "base")
    same((found.returncode, found.stdout), (0, b"2\n"), "a library that cannot be read is passed over")
    if found.stderr.count(b"\n") != 1 or b"a.lsm: is passed over" not in found.stderr:
        raise Failure(f"{found.stderr!r}")
    broken = put_library(smf, "broken.lsm", app=APP)
    with open(os.path.join(smf.folder, "raw.smf"), "wb") as file:
        file.write(library({"app": b"no module at all", "other": read(broken)}))
    smf.refused("run", "--lib", file.name, "app", shown=file.name + "(app)", says="no SMF header")
    app = put(smf, "needing", APP, "--needs", "app")
    smf.refused("run", "--lib", file.name, app, shown=file.name + "(app)", says="no SMF header")


def circles_across_libraries(smf):
    first = put_library(smf, "1.lsm", one=("int two(int);\nint one(int);\nint one(int x) { return x ? two(x - 1) + 1 : 0; }\n", "--needs", "two"))
    second = put_library(smf, "2.lsm", two=("int one(int);\nint two(int);\nint two(int x) { return x ? one(x - 1) + 1 : 0; }\n", "--needs", "one"))
    app = put(smf, "app", "int one(int);\nint main(void) { return one(7); }\n", "--needs", "one")
    same(smf.run("run", "--lib", second, "--lib", first, app).returncode, 7, "circle")


VALUE = "long value(void);\nlong value(void) { return %d; }\n"
SUM = "long value(void);\nlong sum(void);\nlong sum(void) { return value() + 1; }\n"


def watch_a_library(smf):
    """A library that is replaced: what changed in it is reloaded, what did not is left alone."""
    lib = put_library(smf, "l.lsm", app=(SUM, "--needs", "value"), value=VALUE % 1)
    with Watch(smf, "--once", "2", "--lib", lib, "app", "sum") as watch:
        watch.result("2")
        put_library(smf, "l.lsm", app=(SUM, "--needs", "value"), value=VALUE % 10, more=VALUE % 5)
        watch.note("l.lsm: reloaded, version 2")
        watch.result("11")
        replace(smf, "l.lsm", read(put_library(smf, "new.lsm", app=(SUM, "--needs", "value"), value=VALUE % 20)))
        watch.note("l.lsm: reloaded, version 3")
        watch.result("21")
        watch.ended()


def watch_a_folder(smf):
    mods = os.path.join(smf.folder, "mods")
    put(smf, "app", SUM, "--needs", "value", folder=mods)
    put(smf, "value", VALUE % 1, folder=mods)
    with Watch(smf, "--once", "2", "--path", mods, "app", "sum") as watch:
        watch.result("2")
        put(smf, "value", VALUE % 10, folder=mods)
        watch.note("value.smf: reloaded, version 2")
        watch.result("11")
        with open(os.path.join(mods, "value.smf"), "wb") as file:
            file.write(b"SMF?")
        watch.note("value.smf: ")
        put(smf, "value", VALUE % 30, folder=mods)
        watch.note("value.smf: reloaded, version 3")
        watch.result("31")
        watch.ended()


CASES = [by_name_from_a_folder, by_name_from_a_library, what_is_missing_is_told_with_its_places, names_lead_nowhere_else,
         broken_libraries, circles_across_libraries, watch_a_library, watch_a_folder]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CASES, __doc__))
