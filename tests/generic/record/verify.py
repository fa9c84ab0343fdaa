#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `smf verify` says of templates: verify.py [--emulator WORD]... SMF MAKE_FILES

TAP; exit status 1 if a case fails. MAKE_FILES writes the files and says what is wrong with each.
"""
import os
import subprocess
import sys
import tempfile


def main(arguments):
    emulator = []
    while arguments[0] == "--emulator":
        emulator.append(arguments[1])
        arguments = arguments[2:]
    smf, maker = arguments
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([*emulator, maker, "."], capture_output=True, cwd=folder, timeout=60, check=True)
        files = [line.split("\t") for line in made.stdout.decode().splitlines()]
        for number, (name, says) in enumerate(files, 1):
            found = subprocess.run([*emulator, smf, "verify", name + ".smf"], capture_output=True, cwd=folder, timeout=60,
                                   env=dict(os.environ, XDG_CACHE_HOME=os.path.join(folder, "cache")))
            text = (found.stdout + found.stderr).decode(errors="replace")
            good = found.returncode == (says != "") and (says or ": good (") in text and len(text.splitlines()) == 1
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {name}" + ("" if good else f": {found.returncode} {text!r}, wanted {says!r}"))
        print(f"1..{len(files)}")
        names = {name for name, _ in files}
        if not {"good0", "row", "meta", "note"} <= names:
            print("not ok - files are missing")
            failed += 1
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
