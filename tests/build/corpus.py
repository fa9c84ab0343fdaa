#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build a module from the corpus for every architecture, compiler and flag set; check it; run it.

    corpus.py SMF SOURCE RUNNER [ARCH...]

SMF is the command, SOURCE the project, RUNNER run_module for this machine. What
a module prints and returns has to be what the same sources do when the GNU
linker links them, whatever the compiler and its options. Machines other than
this one run in qemu-user; those without a C library here through run_bare.c.
Prints TAP: one test for each architecture and check, with the flag sets that failed.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "corpus")]
import coverage  # noqa: E402
import smf_file  # noqa: E402

C_FUNCTIONS = ["calls_run", "data_run", "numbers_run", "labels_run"]
CXX_FUNCTIONS = ["classes_run", "templates_run", "throws_run"]
# For each machine: compiler, its flags, emulator, toolchain file of the project.
BARE = {"riscv32": ("riscv64-unknown-elf-gcc", "-march=rv32imac -mabi=ilp32 -mcmodel=medany", ["qemu-riscv32"], "riscv32"),
        "arm": ("arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m3", ["qemu-arm", "-cpu", "cortex-a15"], "cortex-m3")}
HOSTED = {"x86_64": ("gcc", "", ["qemu-x86_64"], "linux-x86_64"),
          "aarch64": ("aarch64-linux-gnu-gcc", "", ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"], "linux-aarch64"),
          "riscv64": ("riscv64-linux-gnu-gcc", "", ["qemu-riscv64", "-L", "/usr/riscv64-linux-gnu"], "linux-riscv64")}
# Data that is imported without -fPIC has to lie near; this process's does not. The words of the loader's error.
FAR = "out of reach of this code: compile with -fPIC"
GOT_REGISTER = "-msingle-pic-base"


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **more)


def must(command):
    result = run(command)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} ...: {result.stderr or result.stdout}")


def build_libraries(root, directory, arch):
    """The project's own archives for the machine, as its toolchain file makes them."""
    tree = os.path.join(directory, "tree-" + arch)
    toolchain = os.path.join(root, "cmake/toolchains", (BARE.get(arch) or HOSTED[arch])[3] + ".cmake")
    must(["cmake", "-G", "Ninja", "-S", root, "-B", tree, f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DSMF_BUILD_HOST=OFF",
          "-DSMF_BUILD_TESTS=OFF", "-DSMF_INSTALL=OFF"])
    must(["cmake", "--build", tree])
    archives = [os.path.join(tree, "core/libsmf_core.a")]
    return archives if arch in BARE else [os.path.join(tree, "port/posix/libsmf_port_posix.a"), *archives]


def build_runner(root, directory, arch, linked):
    """The runner of an architecture: with objects linked into it, or with the project's loader; its command."""
    compiler, flags, emulator, _ = BARE.get(arch) or HOSTED[arch]
    target = os.path.join(directory, f"runner-{arch}{'-linked' if linked else ''}")
    with_what = ["-DLINKED", *linked] if linked else build_libraries(root, directory, arch)
    if arch in BARE:
        # -N: one segment for everything, writable and executable. qemu's guest is no place for W^X; others test that.
        options = ["-ffreestanding", "-fno-builtin", "-nostdlib", "-static",
                   "-Wl,--unresolved-symbols=ignore-all" if linked else "-Wl,-N"]
        source, libraries = "run_bare.c", ["-lgcc"]
    else:
        options, source = ["-D_GNU_SOURCE", "-rdynamic"], "run_module.c"
        libraries = ["-Wl,--no-as-needed", "-lstdc++", "-lpthread"]
    must([compiler, *flags.split(), "-O1", *options, f"-I{root}/core/include", f"-I{root}/port/posix/include",
          os.path.join(HERE, source), *with_what, *libraries, "-o", target])
    return [target] if is_native(arch) else [*emulator, target]


def is_native(arch):
    return arch == os.uname().machine


def compile_reference(directory, arch):
    """Objects of the corpus as the GNU compiler makes them by default."""
    compiler, flags, _, _ = BARE.get(arch) or HOSTED[arch]
    objects = []
    for unit in ("all.c", "all.cc"):
        objects.append(os.path.join(directory, f"reference-{arch}-{unit}.o"))
        must([compiler, *flags.split(), *coverage.COMMON, "-O1", "-c", os.path.join(directory, unit), "-o", objects[-1]])
    return objects


class Machine:
    """How modules of one architecture run here, and what they have to print; `why` if they cannot."""

    def __init__(self, root, directory, arch, runner):
        self.arch, self.why = arch, ""
        emulator = (BARE.get(arch) or HOSTED[arch])[2][0]
        if not is_native(arch) and shutil.which(emulator) is None:
            self.why = f"{emulator} is not installed"
            return
        self.runner = [runner] if is_native(arch) else build_runner(root, directory, arch, [])
        self.reference = build_runner(root, directory, arch, compile_reference(directory, arch))
        self.wanted = {unit: run([*self.reference, "-", *self.functions(unit)]).stdout for unit in ("all.c", "all.cc")}
        assert all(len(text.splitlines()) >= 4 for text in self.wanted.values()), f"the reference of {arch} prints nothing"

    def functions(self, unit):
        """Without a C++ run time nothing can be thrown."""
        return C_FUNCTIONS if unit == "all.c" else CXX_FUNCTIONS[:2] if self.arch in BARE else CXX_FUNCTIONS

    def complaint(self, module, unit):
        """What is wrong with how the module runs: a text, "" if nothing is, None if it cannot run for a good reason."""
        for way in ([], ["--apart"]) if self.arch in BARE else ([],):
            result = run([*self.runner, *way, module, *self.functions(unit)])
            if FAR in result.stderr:
                return None
            if result.returncode != 0 or result.stdout != self.wanted[unit]:
                return f"exit status {result.returncode}, printed {result.stdout!r} {result.stderr.strip()!r}"
        return ""


def examine(smf, directory, number, job, machines):
    """{check: complaint or "" or None}, of one flag set; None if the compiler refuses it."""
    arch, compiler, unit, flags = job
    base = os.path.join(directory, str(number))
    if run([compiler, *flags, *coverage.COMMON, "-c", os.path.join(directory, unit), "-o", base + ".o"]).returncode != 0:
        return None
    built = run([smf, "build", "-o", base + ".smf", base + ".o"])
    if built.returncode != 0:
        expected = GOT_REGISTER in flags and GOT_REGISTER in built.stderr
        return {"builds": None if expected else built.stderr.strip()}
    answer = {"builds": "", "keeps the rules": "; ".join(smf_file.broken_rules(smf_file.Module(base + ".smf"))[:3])}
    verified = run([smf, "verify", base + ".smf"])
    answer["verifies"] = "" if verified.returncode == 0 else verified.stderr.strip() or "exit status"
    if not machines[arch].why:
        answer["runs"] = machines[arch].complaint(base + ".smf", unit)
    os.remove(base + ".o")
    os.remove(base + ".smf")
    return answer


def main():
    smf, root, runner, wanted = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3], sys.argv[4:]
    absent = sorted({c for compiler in coverage.COMPILERS for c in compiler[1:3] if shutil.which(c) is None})
    if absent:
        print("1..0 # SKIP not installed: " + " ".join(absent))
        return 77
    jobs = [(n, job) for n, job in enumerate(coverage.jobs()) if not wanted or job[0] in wanted]
    with tempfile.TemporaryDirectory() as directory:
        coverage.write_units(directory)
        machines = {arch: Machine(root, directory, arch, runner) for arch in sorted({job[0] for _, job in jobs})}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            answers = list(pool.map(lambda j: examine(smf, directory, *j, machines), jobs))
    number, failed = 0, False
    for arch, machine in machines.items():
        for check in ("builds", "keeps the rules", "verifies", "runs"):
            of_arch = [(job, a[check]) for (_, job), a in zip(jobs, answers) if a and check in a and job[0] == arch]
            good = sum(answer == "" for _, answer in of_arch)
            number += 1
            if check == "runs" and machine.why:
                print(f"ok {number} - {arch} {check} # SKIP {machine.why}")
                continue
            bad = [(job, answer) for job, answer in of_arch if answer]
            failed = failed or bool(bad) or good < 40
            print(f"{'not ok' if bad or good < 40 else 'ok'} {number} - {arch} {check}: {good} modules, "
                  f"{sum(answer is None for _, answer in of_arch)} refused as they must be")
            for job, answer in bad[:5]:
                print(f"# {job[1]} {' '.join(job[3])} {job[2]}: {answer}")
            if bad:
                print(f"# rerun: {' '.join(sys.argv[:4])} {arch}")
    print(f"1..{number}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
