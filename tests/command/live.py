#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Modules that live together, as the smf command loads them: smf run with several, smf watch while files change.

    live.py [--sanitized] SMF GOLDEN [CASE...]     GOLDEN: tests/golden

TAP; exit status 1 if a case fails.
"""
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from command import Failure, Skip, main, same

PATIENCE = 60  # seconds for what takes a fraction of one


def put(smf, name, source, *options, folder=None):
    """NAME.smf made from a source, in one step: as a linker that renames."""
    folder = folder or smf.folder
    os.makedirs(folder, exist_ok=True)
    made = os.path.join(smf.folder, "made-" + name + ".smf")
    smf.good("build", "-o", made, "--name", name, *options, smf.write("made-" + name + ".c", source))
    path = os.path.join(folder, name + ".smf")
    os.rename(made, path)
    return path


def replace(smf, name, content):
    """A file with other content, in one step: nobody sees an empty one."""
    path = os.path.join(smf.folder, name)
    os.rename(smf.write("new-" + name, content), path)
    return path


def rewrite(smf, path, source, *options):
    """The same, written over the old bytes."""
    name = os.path.basename(path)[:-4]
    with open(put(smf, name, source, *options, folder=os.path.join(smf.folder, "other")), "rb") as file:
        content = file.read()
    with open(path, "r+b") as file:
        file.write(content)
        file.truncate()


# ---- smf run and smf call -------------------------------------------------------------------------------

LIB = "int base(void);\nint base(void) { return %d; }\n"
APP = "int base(void);\nint main(int argc, char **argv) { (void)argv; return base() + argc; }\n"


def run_with_libraries(smf):
    lib = put(smf, "lib", LIB % 40)
    app = put(smf, "app", APP)
    smf.refused("run", app, says="'base'")
    same(smf.run("run", "--lib", lib, app, "x").returncode, 42, "--lib FILE")
    same(smf.run("run", "--path", smf.folder, "--lib", "lib", app).returncode, 41, "--lib NAME")
    same(smf.run("run", "--lib", smf.write("lib.c", LIB % 50), smf.write("app.c", APP)).returncode, 51, "sources")
    same(smf.run("run", "--lib", lib, "--", app, "--lib").returncode, 42, "arguments are the module's")
    function = put(smf, "function", "int base(void);\nlong f(long x);\nlong f(long x) { return base() + x; }\n")
    same(smf.good("call", "--lib", lib, function, "f", "2"), "42\n", "call")
    smf.refused("run", "--lib", "nobody", "--path", smf.folder, app, shown="nobody", says=f"there is no module 'nobody' in {smf.folder}")
    smf.refused("run", "--lib", lib, "--lib", lib, app, shown=lib, says="lib")
    smf.refused("run", "--lib", os.path.join(smf.folder, "none.smf"), app, shown=os.path.join(smf.folder, "none.smf"), says="No such file")


def run_in_circles(smf):
    """Each imports from the next, whatever order they are given in; the entry is FILE's."""
    ring = [put(smf, "ring%d" % i, "int ring%d(int x);\nint ring%d(int x);\nint ring%d(int x) { return x > 0 ? ring%d(x - 1) + 1 : %d; }\n"
                % (i, (i + 1) % 3, i, (i + 1) % 3, i)) for i in range(3)]
    app = put(smf, "app", "int ring0(int x);\nint main(void) { return ring0(10); }\n")
    for order in ((0, 1, 2), (2, 0, 1)):
        libraries = [word for i in order for word in ("--lib", ring[i])]
        same(smf.run("run", *libraries, app).returncode, 11, f"order {order}")


def run_with_needs(smf):
    """What is needed is looked for in the folders, in their order; needs may go in circles."""
    first, second = os.path.join(smf.folder, "first"), os.path.join(smf.folder, "second")
    put(smf, "lib", "int base(void);\nint deep(void);\nint base(void) { return deep() + 30; }\n", "--needs", "deep", folder=second)
    put(smf, "deep", "int base(void);\nint deep(void);\nint deep(void) { return 10; }\nint back(void);\nint back(void) { return base(); }\n",
        "--needs", "lib", folder=second)
    app = put(smf, "app", APP, "--needs", "lib", "--needs", "host")
    same(smf.run("run", "--path", first, "--path", second, app).returncode, 41, "second folder")
    put(smf, "deep", "int deep(void);\nint deep(void) { return 20; }\n", folder=first)
    same(smf.run("run", "--path", first, "--path", second, app).returncode, 51, "first folder")
    smf.refused("run", app, says="'lib'")
    os.remove(os.path.join(second, "deep.smf"))
    os.remove(os.path.join(first, "deep.smf"))
    smf.refused("run", "--path", first, "--path", second, app, shown=os.path.join(second, "lib.smf"), says="'deep'")
    with open(os.path.join(second, "lib.smf"), "r+b") as file:
        file.truncate(200)
    smf.refused("run", "--path", second, app, shown=os.path.join(second, "lib.smf"), says="no SMF header")


def needs_stay_in_their_folders(smf):
    inside = os.path.join(smf.folder, "outside", "inside")
    os.makedirs(inside)
    for name in ("../lib", "/etc/lib", "..", "c:lib", "sub\\lib"):
        path = os.path.join(inside, name + ".smf") if "/etc" not in name else None
        if path is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(put(smf, "lib", LIB % 1), path)
        app = put(smf, "app", APP, "--needs", name)
        smf.refused("run", "--path", inside, app, shown=app, says="there is no module")


def start_and_stop_in_order(smf):
    """Providers first, and last at the end; a module that does not want to start takes all of it back."""
    noisy = """
        int puts(const char *);
        static void __attribute__((constructor)) start(void) { puts("+%s"); }
        static void __attribute__((destructor)) stop(void) { puts("-%s"); }
        %s
        """
    lib = put(smf, "lib", noisy % ("lib", "lib", LIB % 2))
    app = put(smf, "app", noisy % ("app", "app", APP))
    found = smf.run("run", "--lib", lib, app)
    same((found.returncode, found.stdout), (3, b"+lib\n+app\n-app\n-lib\n"), "run")
    refuser = put(smf, "refuser", noisy % ("refuser", "refuser", LIB % 2 + "int smf_module_on_start(void);\nint smf_module_on_start(void) { return 7; }\n"))
    found = smf.run("run", "--lib", refuser, app)
    same((found.returncode, found.stdout), (1, b"+refuser\n-refuser\n"), "a module that refuses")
    if b"refuser" not in found.stderr or found.stderr.count(b"\n") != 1:
        raise Failure(f"{found.stderr!r}")


# ---- smf watch ------------------------------------------------------------------------------------------


class Watch:
    """A running smf watch, its lines as they come."""

    def __init__(self, smf, *arguments):
        self.process = subprocess.Popen([smf.program, "watch", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=smf.environment)
        self.results, self.notes = queue.Queue(), queue.Queue()
        self.threads = [threading.Thread(target=self.read, args=pair) for pair in
                        ((self.process.stdout, self.results), (self.process.stderr, self.notes))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join()

    def next(self, lines):
        try:
            return lines.get(timeout=PATIENCE)
        except queue.Empty:
            rest = list(self.notes.queue) + list(self.results.queue)
            raise Failure(f"no line for {PATIENCE} seconds; others: {rest}") from None

    def result(self, wanted):
        same(self.next(self.results), str(wanted), "result")

    def note(self, wanted):
        found = self.next(self.notes)
        if re.search(wanted, found) is None:
            raise Failure(f"{found!r} does not say {wanted!r}")

    def ended(self, status=0):
        same(self.process.wait(timeout=PATIENCE), status, "exit status")
        for thread in self.threads:
            thread.join()
        same((list(self.results.queue), list(self.notes.queue)), ([], []), "lines after the last")


COUNTER = """
static long calls __attribute__((section(".keep.calls")));
static long fresh;
long count(long step);
long count(long step) { fresh++; calls += step; return calls * 100 + fresh * 10 + %d; }
"""


def keeps_state(smf, *options):
    path = put(smf, "counter", COUNTER % 1)
    with Watch(smf, *options, "--once", "3", path, "count", "2") as watch:
        watch.result(211)
        put(smf, "counter", COUNTER % 2)
        watch.note("counter.smf: reloaded, version 2$")
        watch.result(412)
        rewrite(smf, path, COUNTER % 3)
        watch.note("reloaded, version 3$")
        watch.result(613)
        put(smf, "counter", COUNTER.replace("step; return", "step; fresh++; return") % 4)
        watch.note("reloaded, version 4$")
        watch.result(824)
        watch.ended()


def watch_keeps_state(smf):
    keeps_state(smf)


def watch_keeps_state_when_polling(smf):
    keeps_state(smf, "--poll", "--interval", "20")


def watch_survives_a_broken_build(smf, *options):
    """Half a file, no file, other bytes, no symbol: one line each, and the version before it goes on."""
    path = put(smf, "counter", COUNTER % 1)
    with Watch(smf, *options, path, "count", "1") as watch:
        watch.result(111)
        with open(path, "r+b") as file:
            file.truncate(300)
        watch.note("counter.smf: .*(SMF header|past the end|layout)")
        os.remove(path)
        watch.note("counter.smf: No such file")
        replace(smf, "counter.smf", b"nothing of the kind")
        watch.note("counter.smf: no SMF header")
        put(smf, "counter", "long nobody(void);\nlong nobody_else(void);\nlong count(void);\n"
                            "long count(void) { return nobody() + nobody_else(); }\n")
        watch.note("counter.smf: .*'nobody'.*nor have 'nobody_else'")
        put(smf, "counter", COUNTER % 2)
        watch.note("reloaded, version 2")
        watch.result(212)
        watch.process.send_signal(signal.SIGTERM)
        watch.ended()


def watch_polls_through_a_broken_build(smf):
    watch_survives_a_broken_build(smf, "--poll", "--interval", "20")


def watch_finds_mixed_bytes(smf):
    """A file whose bytes are not all there yet, but whose header is: its hash says so."""
    path = put(smf, "counter", COUNTER % 1)
    with Watch(smf, path, "count", "1") as watch:
        watch.result(111)
        with open(put(smf, "counter", COUNTER % 2, folder=os.path.join(smf.folder, "other")), "rb") as file:
            content = bytearray(file.read())
        whole = bytes(content)
        place = content.index(b"count")  # in the names
        content[place] ^= 1
        replace(smf, "counter.smf", bytes(content))
        watch.note("counter.smf: .*hash")
        replace(smf, "counter.smf", whole)
        watch.note("reloaded, version 2")
        watch.result(212)


def watch_reloads_libraries(smf):
    """A library's new version is seen by the module that was bound to the old one; also one that is a source, or needed."""
    lib, needed = put(smf, "lib", LIB % 1), os.path.join(smf.folder, "needed")
    put(smf, "far", "int far(void);\nint far(void) { return 100; }\n", folder=needed)
    source = replace(smf, "near.c", "int near(void);\nint near(void) { return 1000; }\n")
    app = put(smf, "app", "int base(void), far(void), near(void);\nstatic int (*kept)(void) = base;\n"
                          "int main(void) { return base() + kept() + far() + near(); }\n", "--needs", "far")
    with Watch(smf, "--lib", lib, "--path", needed, "--lib", source, app) as watch:
        watch.result(1102)
        put(smf, "lib", LIB % 2)
        watch.note("lib.smf: reloaded, version 2")
        watch.result(1104)
        put(smf, "far", "int far(void);\nint far(void) { return 200; }\n", folder=needed)
        watch.note("far.smf: reloaded, version 2")
        watch.result(1204)
        replace(smf, "near.c", "int near(void);\nint near(void) { return 2000; }\n")
        watch.note("near.c: reloaded, version 2")
        watch.result(2204)
        replace(smf, "near.c", "int near(void);\nint near(void) { return 2000 }\n")
        while "near.c" not in watch.next(watch.notes):  # the compiler's own lines
            pass
        put(smf, "lib", "int other(void);\nint other(void) { return 0; }\n")
        while "'base'" not in watch.next(watch.notes):
            pass
        put(smf, "lib", LIB % 3)
        while "lib.smf: reloaded" not in watch.next(watch.notes):
            pass
        watch.result(2206)


def watch_takes_changes_together(smf):
    """The app wants what only the new library has, the library drops what only the old app wants."""
    lib = put(smf, "lib", "int one(void), both(void);\nint one(void) { return 1; }\nint both(void) { return 10; }\n")
    app = put(smf, "app", "int one(void);\nint main(void) { return one(); }\n")
    with Watch(smf, "--lib", lib, app) as watch:
        watch.result(1)
        new_lib = put(smf, "lib", "int two(void), both(void);\nint two(void) { return 2; }\nint both(void) { return 20; }\n",
                      folder=os.path.join(smf.folder, "other"))
        os.rename(new_lib, lib)
        watch.note("lib.smf: .*'one'")  # nobody has what the app uses
        put(smf, "app", "int both(void);\nint main(void) { return both(); }\n")
        watch.note("app.smf: reloaded")
        watch.note("lib.smf: reloaded")  # tried again
        watch.result(20)


def watch_takes_a_burst_as_one(smf):
    path = put(smf, "counter", COUNTER % 1)
    versions = []
    for i in range(5):
        with open(put(smf, "counter", COUNTER % (i + 2), folder=os.path.join(smf.folder, "other")), "rb") as file:
            versions.append(file.read())
    with Watch(smf, "--once", "2", path, "count", "1") as watch:
        watch.result(111)
        watch.process.send_signal(signal.SIGSTOP)  # or a busy machine would make two of it
        for content in versions:
            smf.write("counter.smf", content)
        watch.process.send_signal(signal.SIGCONT)
        watch.note("reloaded, version 2$")
        watch.result(216)
        put(smf, "counter", COUNTER % 7)
        watch.note("reloaded, version 3$")
        watch.result(317)
        watch.ended()


def watch_waits_for_rest(smf):
    """What is written bit by bit is read when it is done; what is only opened for writing has not changed."""
    path = put(smf, "counter", COUNTER % 1)
    with open(put(smf, "counter", COUNTER % 2, folder=os.path.join(smf.folder, "other")), "rb") as file:
        content = file.read()
    with Watch(smf, path, "count", "1") as watch:
        watch.result(111)
        with open(path, "r+b"):
            pass
        time.sleep(0.3)
        same(watch.notes.qsize(), 0, "notes after nothing")
        with open(path, "wb", buffering=0) as file:
            for i in range(0, len(content), 24):
                file.write(content[i:i + 24])
                time.sleep(0.01)
        early = 0
        while "reloaded, version 2" not in watch.next(watch.notes):
            early += 1
        watch.result(212)
        if early > len(content) / 24 / 4:  # a busy machine may stop the writer for a while
            raise Failure(f"{early} looks at half a file")


def watch_follows_a_folder(smf):
    """A build folder is removed and made anew; the file is a link into it, too."""
    build = os.path.join(smf.folder, "build")
    put(smf, "counter", COUNTER % 1, folder=build)
    link = os.path.join(smf.folder, "link.smf")
    os.symlink(os.path.join(build, "counter.smf"), link)
    for path in (os.path.join(build, "counter.smf"), link):
        with Watch(smf, "--interval", "100", path, "count", "1") as watch:
            watch.next(watch.results)
            shutil.rmtree(build)
            watch.note("No such file")
            put(smf, "counter", COUNTER % 2, folder=build)
            watch.note("reloaded, version 2$")
            watch.result(212)
            put(smf, "counter", COUNTER % 3, folder=build)
            watch.note("reloaded, version 3$")
            watch.result(313)


def watch_builds(smf):
    """--build makes FILE when a --source changes; one that fails leaves everything as it is."""
    source = replace(smf, "counter.c", COUNTER % 1)
    path = os.path.join(smf.folder, "counter.smf")
    command = f"'{smf.program}' build -o '{path}' '{source}'"
    with Watch(smf, "--build", command, "--source", source, path, "count", "1") as watch:
        watch.result(111)
        replace(smf, "counter.c", COUNTER % 2)
        watch.note("reloaded, version 2")
        watch.result(212)
        replace(smf, "counter.c", "long count(long step) { return }\n")
        while "--build failed" not in watch.next(watch.notes):
            pass
        replace(smf, "counter.c", COUNTER % 3)
        watch.note("reloaded, version 3")
        watch.result(313)


def watch_compiles(smf):
    source = replace(smf, "counter.c", COUNTER % 1)
    with Watch(smf, "--once", "1", source, "count", "1") as watch:
        watch.result(111)
        replace(smf, "counter.c", COUNTER % 2)
        watch.note("counter.c: reloaded, version 2")
        watch.result(212)
        watch.ended()


def watch_calls_again(smf):
    path = put(smf, "counter", COUNTER % 1)
    with Watch(smf, "--every", "20", path, "count", "1") as watch:
        for i in range(1, 6):
            watch.result(110 * i + 1)


def watch_hands_state_over(smf):
    """smf_state_give and smf_state_take; a module that refuses leaves the old one at work."""
    source = """
        #include <stddef.h>
        static long total;
        const void *smf_state_give(size_t *size);
        int smf_state_take(const void *state, size_t size, unsigned version);
        long add(long x);
        const void *smf_state_give(size_t *size) { *size = sizeof total; return &total; }
        int smf_state_take(const void *state, size_t size, unsigned version)
        { (void)version; if (%d) return 1; total = *(const long *)state; return size != sizeof total; }
        long add(long x) { total += x; return total * 10 + %d; }
        """
    path = put(smf, "adder", source % (0, 1))
    with Watch(smf, path, "add", "5") as watch:
        watch.result(51)
        put(smf, "adder", source % (1, 2))
        watch.note("adder.smf: .*state")
        put(smf, "adder", source % (0, 3))
        watch.note("reloaded, version 2")
        watch.result(103)


def watch_stops_what_it_started(smf):
    noisy = """
        int puts(const char *);
        static void __attribute__((constructor)) start(void) { puts("+%d"); }
        static void __attribute__((destructor)) stop(void) { puts("-%d"); }
        int main(int argc, char **argv) { return argc == 1 && argv[0] && !argv[1] ? %d : 1; }
        """
    path = put(smf, "noisy", noisy % (1, 1, 10))
    for number in (signal.SIGINT, signal.SIGTERM):
        put(smf, "noisy", noisy % (1, 1, 10))
        with Watch(smf, path) as watch:
            watch.result("+1")
            watch.result("10")
            put(smf, "noisy", noisy % (2, 2, 20))
            watch.note("reloaded, version 2")
            for line in ("+2", "-1", "20"):
                watch.result(line)
            watch.process.send_signal(number)
            watch.result("-2")
            watch.ended()


def watch_throws(smf):
    """C++: exceptions pass through each version, and from a library's new version into the module that was there before."""
    if smf.sanitized:
        raise Skip("AddressSanitizer stops __cxa_throw in a program that is not linked with libstdc++")
    lib = "#include <stdexcept>\nextern \"C\" void refuse(int x) { if (x > 0) throw std::runtime_error(\"%s\"); }\n"
    app = """
        #include <cstdio>
        #include <stdexcept>
        extern "C" void refuse(int);
        extern "C" long attempt(long x)
        {
            try { refuse(static_cast<int>(x)); } catch (const std::exception &e) { std::printf("caught %%s\\n", e.what()); return %d; }
            return 0;
        }
        """
    flags = ("--cflags", "-O1 -fPIC")
    paths = [smf.module("refuser", lib % "one", *flags), smf.module("app", app % 1, *flags)]
    with Watch(smf, "--lib", *paths, "attempt", "5") as watch:
        watch.result("caught one")
        watch.result(1)
        smf.module("refuser", lib % "two", *flags)
        watch.note("refuser.smf: reloaded")
        watch.result("caught two")
        watch.result(1)
        smf.module("app", app % 2, *flags)
        watch.note("app.smf: reloaded")
        watch.result("caught two")
        watch.result(2)
        watch.process.send_signal(signal.SIGTERM)
        watch.ended()


def watch_survives_a_symbol_that_goes(smf):
    path = put(smf, "counter", COUNTER % 1)
    with Watch(smf, path, "count", "1") as watch:
        watch.result(111)
        put(smf, "counter", "long other(void);\nlong other(void) { return 1; }\n")
        watch.note("reloaded, version 2")
        watch.note("exports no 'count'")
        put(smf, "counter", COUNTER % 3)
        watch.note("reloaded, version 3")
        watch.result(113)  # .keep.calls was gone in between


def watch_ends_what_cannot_start(smf):
    path = put(smf, "counter", COUNTER % 1)
    smf.refused("watch", os.path.join(smf.folder, "none.smf"), says="No such file")
    smf.refused("watch", path, "nobody", says="exports no 'nobody'")
    smf.refused("watch", path, says="no entry point")
    smf.refused("watch", replace(smf, "text.smf", b"text"), "count", says="no SMF header")


CASES = [run_with_libraries, run_in_circles, run_with_needs, needs_stay_in_their_folders, start_and_stop_in_order,
         watch_keeps_state, watch_keeps_state_when_polling, watch_survives_a_broken_build, watch_polls_through_a_broken_build,
         watch_finds_mixed_bytes, watch_reloads_libraries, watch_takes_changes_together, watch_takes_a_burst_as_one, watch_waits_for_rest,
         watch_follows_a_folder, watch_builds, watch_compiles, watch_calls_again, watch_hands_state_over,
         watch_stops_what_it_started, watch_throws, watch_survives_a_symbol_that_goes, watch_ends_what_cannot_start]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CASES, __doc__))
