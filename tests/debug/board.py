#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A session with a board, as one has it: the firmware says where its module lies, `smf symbols --gdb` makes a command of
that, and gdb, connected to the board, then stops in the module and knows its lines.

    board.py SMF "QEMU AND ITS OPTIONS" FIRMWARE MODULE     FIRMWARE is examples/firmware.c with MODULE in it; TAP

QEMU's stub listens on a socket in a folder of its own: no port of this machine is taken.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

PLACES = {"code": "code", "constants": "rodata", "data": "data"}


class Failure(Exception):
    pass


def run(words, seconds=60):
    result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            timeout=seconds)
    return result.stdout


def bases(emulator, firmware):
    """What the firmware prints about its module's regions, as the value of --base."""
    output = run([*emulator, "-kernel", firmware])
    found = re.findall(r"^  (code|constants|data) +at (0x[0-9a-f]+), \d+ bytes\r?$", output, re.M)
    if "code" not in dict(found):
        raise Failure(f"the firmware does not say where its module lies:\n{output}")
    return ",".join(f"{PLACES[name]}={address}" for name, address in found)


def session(emulator, firmware, commands, folder):
    """What gdb says to each command while the board runs: [text]."""
    socket = os.path.join(folder, "gdb")
    board = subprocess.Popen([*emulator, "-kernel", firmware, "-S", "-gdb", f"unix:{socket},server=on,wait=off"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not os.path.exists(socket):
            if board.poll() is not None or time.monotonic() > end:
                raise Failure("the emulator does not start, or has no stub")
            time.sleep(0.02)
        words = ["gdb-multiarch", "-batch", "-nx", "-iex", "set debuginfod enabled off", "-iex", "set width 0",
                 "-iex", "set confirm off", "-iex", "set remotetimeout 20", "-ex", f"target remote {socket}"]
        for number, command in enumerate(commands):
            words += ["-ex", f"echo @{number}@\\n", "-ex", command]
        output = run([*words, "-ex", "kill", firmware])
    finally:
        board.send_signal(signal.SIGKILL)
        board.wait()
    pieces = re.split(r"@\d+@\n", output)
    return pieces[1:] + [""] * (len(commands) + 1 - len(pieces)), output


def stops_in_the_module(smf, emulator, firmware, module, folder):
    script = os.path.join(folder, "commands")
    with open(script, "w") as file:
        file.write(run([smf, "symbols", "--gdb", "--base", bases(emulator, firmware), module]))
    said, output = session(emulator, firmware, ["break show", "continue", f"source {script}", "break greet", "continue", "bt",
                                                "info args", "print said", "print hours[1]", "finish", "print 'hello.c'::said"], folder)
    frames = re.findall(r"^#\d+ +(?:0x\w+ in )?(\S+) \(.*?\) at \S*?([^/\s]+):\d+", said[5], re.M)
    wanted = [("stops in greet", re.search(r"Breakpoint 2, (0x\w+ in )?greet \(times=(?:times@entry=)?2\) at \S*hello\.c:\d+", said[4])),
              ("backtrace into the firmware", frames[:2] == [("greet", "hello.c"), ("main", "firmware.c")]),
              ("arguments", "times = 2" in said[6]),
              ("data", "= 0\n" in said[7]),
              ("constants", '"Good day"' in said[8]),
              ("what it returns", "main ()" in said[9] and re.search(r"Value returned is \$\d+ = 2\n", said[9])),
              ("data after the call", "= 2\n" in said[10])]
    for what, right in wanted:
        if not right:
            raise Failure(f"{what}:\n{output}")


def main():
    smf, words, firmware, module = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        try:
            stops_in_the_module(smf, words.split(), firmware, module, folder)
            print("ok 1 - stops_in_the_module\n1..1")
            return 0
        except (Failure, OSError, subprocess.TimeoutExpired) as error:
            print("\n".join("# " + line for line in str(error).split("\n")))
            print("not ok 1 - stops_in_the_module\n1..1")
            return 1


if __name__ == "__main__":
    sys.exit(main())
