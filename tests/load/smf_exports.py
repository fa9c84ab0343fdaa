#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tool smf-exports from outside: how it refuses. That its output compiles and resolves: generated_table.c; symbols out of
firmware: from_firmware.py.

    smf_exports.py SMF_EXPORTS

TAP; exit status 1 if a case fails.
"""
import os
import subprocess
import sys
import tempfile

TOOL = sys.argv[1]

# List, and what must be said about it after "smf-exports: FILE".
BAD_LISTS = [
    ("one\n2two\n", ":2: not a symbol name"),
    ("a-b\n", ":1: not a symbol name"),
    ("\n\n  # comment\none thing\n", ":4: a symbol is followed by"),
    ("one data more\n", ":1: one symbol a line"),
    ("one data function\n", ":1: one symbol a line"),
    ("one confined confined\n", ":1: one symbol a line"),
    ("one\ntwo confined data\n", ":2: confined modules can be offered functions only"),
    ("one\nhost_exports data\n", ":2: a table cannot hold itself"),
    ("one\ntwo\none\n", "a symbol stands twice"),
    ("# nothing\n", ": no symbols"),
    ("", ": no symbols"),
]
BAD_USAGE = [[], ["-o"], ["--table"], ["--nonsense", "list"], ["--table", "not a name", "list"], ["-x"], ["--match", "a*"],
             ["--match", "a*", "list"], ["--from", "a.elf"], ["--from"], ["--from", "a", "--from", "b", "list"],
             ["--from", "a", "--match"], ["--empty", "list"], ["--empty", "--from", "a"], ["--empty", "--table", "a.b"]]

failed = count = 0


def check(what, good, found):
    global failed, count
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        print(f"#   {found!r}")


def run(*arguments, text=None):
    return subprocess.run([TOOL, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "list")
    for text, says in BAD_LISTS:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        done = run(path)
        wanted = f"smf-exports: {path}"
        check(f"bad list {text!r}", done.returncode == 1 and done.stdout == "" and done.stderr.startswith(wanted) and
              says in done.stderr, (done.returncode, done.stderr))
    for arguments in BAD_USAGE:
        done = run(*arguments)
        check(f"usage {arguments}", done.returncode == 2 and done.stderr.startswith("usage:"),
              (done.returncode, done.stderr))
    done = run(os.path.join(folder, "no such file"))
    check("a list that is not there", done.returncode == 1 and "No such file" in done.stderr, done.stderr)
    done = run("--help")
    check("help", done.returncode == 0 and done.stdout.startswith("usage:"), done.stdout)
    first, second = run("-", text="b\na data\n"), run("-", text="a data # first\nb function\n")
    check("the order of the list does not matter", first.returncode == 0 and first.stdout == second.stdout,
          (first.stdout, second.stdout))
    done = run("-", text="a confined\nb function confined\nc confined function\nd\n")
    check("confined", done.returncode == 0 and done.stdout.count("SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED,") == 3 and
          done.stdout.count("SMF_KIND_FUNCTION,") == 1, (done.stdout, done.stderr))
    for text, good in (("a\n", True), ("b\n", False)):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        done = run(path, "-", text="b\n")
        check(f"two lists, {text!r} in one of them", done.returncode == (0 if good else 1) and
              (done.stdout == run("-", text="a\nb\n").stdout if good else "a symbol stands twice: b" in done.stderr),
              (done.stdout, done.stderr))
    done = run("--empty", "--table", "nothing")
    check("an empty table", done.returncode == 0 and "struct smf_exports nothing = {NULL, 0, NULL, 0};" in done.stdout,
          (done.stdout, done.stderr))
    output = os.path.join(folder, "out.c")
    done = run("-o", output, "--table", "mine", "-", text="a\n")
    with open(output, encoding="ascii") as file:
        check("-o and --table", done.returncode == 0 and "const struct smf_exports mine = " in file.read(), done.stderr)
    done = run("-o", os.path.join(folder, "no", "such", "folder"), "-", text="a\n")
    check("an output that cannot be made", done.returncode == 1 and "No such file" in done.stderr, done.stderr)
print(f"1..{count}")
sys.exit(failed != 0)
