#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Print bench.csv as tables: times, how often `smf sealed` fits into each, and what was to be reached. report.py CSV"""
import csv
import sys


def read(path):
    """{(measure, subject): {size: row}}, in the order of the file."""
    found = {}
    with open(path, encoding="ascii") as file:
        for row in csv.DictReader(file):
            numbers = {key: float(row[key]) for key in ("median_ns", "minimum_ns", "bytes")}
            found.setdefault((row["measure"], row["subject"]), {})[int(row["size"])] = numbers
    return found


def aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])])
                     for row in rows) + "\n"


def of_measure(found, measure):
    return {subject: sizes for (kind, subject), sizes in found.items() if kind == measure}


def load_table(found):
    subjects = of_measure(found, "load")
    sizes = sorted({size for row in subjects.values() for size in row})
    rows = [["load, median us (times smf sealed)"] + [f"{size:,} functions" for size in sizes]]
    for subject, row in subjects.items():
        cells = []
        for size in sizes:
            sealed = subjects.get("smf sealed", {}).get(size)
            ratio = f" ({row[size]['median_ns'] / sealed['median_ns']:7.2f})" if size in row and sealed else ""
            cells.append(f"{row[size]['median_ns'] / 1000:.2f}{ratio}" if size in row else "-")
        rows.append([subject] + cells)
    return aligned(rows) if subjects else ""


def lookup_table(found, measure):
    subjects = of_measure(found, measure)
    sizes = sorted({size for row in subjects.values() for size in row})
    rows = [[f"{measure}, median ns"] + [f"{size:,} exports" for size in sizes]]
    rows += [[subject] + [f"{row[size]['median_ns']:.1f}" if size in row else "-" for size in sizes]
             for subject, row in subjects.items()]
    return aligned(rows) if subjects else ""


def relocation_table(found):
    subjects = of_measure(found, "relocations")
    sizes = sorted({size for row in subjects.values() for size in row})
    rows = [["relocations, median ns for each"] + [f"{size:,}" for size in sizes]]
    rows += [[subject] + [f"{row[size]['median_ns'] / size:.2f}" for size in sizes] for subject, row in subjects.items()]
    return aligned(rows) if subjects else ""


def inference_table(found):
    rows = [["inference, medians", ""]]
    for subject, sizes in of_measure(found, "inference").items():
        for size, row in sizes.items():
            doubled = "doubled" in subject
            rows.append([f"{subject}, 2^{size} leaves", f"{row['median_ns'] / 1000:.0f} us"] if doubled else
                        [f"{subject}, {size:,} times", f"{row['median_ns'] / size:.1f} ns each"])
    return aligned(rows) if len(rows) > 1 else ""


def system_table(found):
    """Modules that live together: times in their own units, and how often the first of each kind and column fits into them."""
    rows = [["many modules, medians (and least)", "", "", "times the first"]]
    for measure, unit, divisor in (("call", "ns", 1), ("reload", "us", 1000), ("unload", "us", 1000), ("resolve", "ns", 1)):
        subjects, first = of_measure(found, measure), {}
        for size in sorted({size for row in subjects.values() for size in row}):
            for subject, row in subjects.items():
                if size not in row:
                    continue
                median = row[size]["median_ns"]
                column = subject.split()[-1] if measure in ("reload", "unload") else ""
                ratio = median / first.setdefault((size, column), median)
                what = {"call": "", "resolve": f", {size:,} exports"}.get(measure, f", {size:,} functions")
                rows.append([f"{measure}: {subject}{what}", f"{median / divisor:.2f} {unit}",
                             f"({row[size]['minimum_ns'] / divisor:.2f})", f"{ratio:.2f}"])
    return aligned(rows) if len(rows) > 1 else ""


def cache_table(found):
    """Module files that are read once: the medians of the parts, each in its own unit."""
    rows = [["module files in a cache, medians (and least)", "", ""]]
    for measure, unit, divisor, what in (("cached", "us", 1000, "functions"), ("prefetch", "ms", 1e6, "files")):
        for subject, sizes in of_measure(found, measure).items():
            rows += [[f"{measure}: {subject}, {size:,} {what}", f"{row['median_ns'] / divisor:.2f} {unit}",
                      f"({row['minimum_ns'] / divisor:.2f})"] for size, row in sizes.items()]
    for size in of_measure(found, "zipf").get("hit rate", {}):
        time, rate, most = (found[("zipf", subject)][size]["median_ns"] for subject in ("time of a get", "hit rate", "most memory"))
        rows.append([f"zipf: hit rate with {size} % of all bytes", f"{rate:.1f} %", f"(peak {most:.1f} %, {time / 1000:.2f} us a get)"])
    return aligned(rows) if len(rows) > 1 else ""


def library_table(found):
    subjects = of_measure(found, "library")
    sizes = sorted({size for row in subjects.values() for size in row})
    rows = [["libraries, median us"] + [f"{size:,} modules" for size in sizes]]
    rows += [[subject.replace(";", ",")] + [f"{row[size]['median_ns'] / 1000:.3f}" if size in row else "-" for size in sizes]
             for subject, row in subjects.items()]
    return aligned(rows) if subjects else ""


def template_table(found):
    """One more instance, and what a module with many templates takes when it is added; then what instances run like."""
    instances = of_measure(found, "instance")
    if not instances:
        return ""
    sealed = instances.get("smf general sealed", {}).get(1, {}).get("median_ns")
    rows = [["templates: one more instance, median (and least)", "", "", "times smf general sealed"]]
    rows += [[subject.replace(";", ","), f"{row[1]['median_ns'] / 1000:.3f} us", f"({row[1]['minimum_ns'] / 1000:.3f})",
              f"{row[1]['median_ns'] / sealed:.2f}" if sealed else ""] for subject, row in instances.items()]
    for subject, sizes in of_measure(found, "prove").items():
        rows += [[f"{size:,} {subject.replace(';', ',')}", f"{row['median_ns'] / 1000:.1f} us", f"({row['minimum_ns'] / 1000:.1f})", ""]
                 for size, row in sizes.items()]
    code, counted = of_measure(found, "code"), of_measure(found, "instructions")
    lines = [["code of instances, for each item", "median ns", "least", "times by hand", "instructions, 128 items"]]
    for subject, sizes in code.items():
        hand = code[subject.split(":")[0] + ": by hand"]
        for size, row in sizes.items():
            count = counted.get(subject, {}).get(size)
            lines.append([subject, f"{row['median_ns']:.2f}", f"{row['minimum_ns']:.2f}",
                          f"{row['median_ns'] / hand[size]['median_ns']:.3f}", f"{count['median_ns']:.2f}" if count else "-"])
    return aligned(rows) + "\n" + aligned(lines)


def decode_table(found):
    """LZ4 blocks, in turns: bytes that come out in a second, and the ratio."""
    subjects = of_measure(found, "decode")
    rows = [["LZ4 blocks decoded", "liblz4 MB/s", "smf MB/s", "ratio"]]
    for subject, sizes in subjects.items():
        if not subject.startswith("smf "):
            continue
        what = subject[len("smf "):]
        for size, row in sizes.items():
            theirs = subjects[f"liblz4 {what}"][size]["median_ns"]
            rows.append([f"{what}, {size:,} bytes", f"{size * 1000 / theirs:.0f}", f"{size * 1000 / row['median_ns']:.0f}",
                         f"{theirs / row['median_ns']:.2f}"])
    return aligned(rows) if len(rows) > 1 else ""


# What is to be reached: how many times the first subject fits into the second (at least), or the other way (at most).
TARGETS = (
    ("at least", 6, "smf sealed", "glibc dlopen", 10000),
    ("at least", 15, "smf sealed", "libtcc", 10000),
    ("at most", 8, "smf plain", "memcpy", 10000),
    ("at least", 10, "smf plain", "glibc dlopen", 64),
    ("at least", 4, "smf sealed", "glibc dlopen", 64),
)
HIT_NS, HIT_EXPORTS = 60, 10000
RELOAD_TIMES, RELOAD_FUNCTIONS = 1.3, 1000
RESOLVE_NS, RESOLVE_EXPORTS = 80, 100000
CACHED_US, CACHED_FUNCTIONS = 3, 64
DECODE_TIMES = 0.8
LIBRARY_US, LIBRARY_MODULES = 20, 10000
INSTANCE_US = {"smf typed plain": 0.2, "smf typed sealed": 4, "smf general plain": 0.6}
TYPED_TIMES = 1.03


def template_targets(found):
    rows = []
    for subject, most in INSTANCE_US.items():
        row = of_measure(found, "instance").get(subject, {}).get(1)
        if row:
            rows.append([f"one more instance, {subject}: at most {most} us", f"{row['median_ns'] / 1000:.3f}",
                         "reached" if row["median_ns"] <= most * 1000 else "MISSED"])
    code = of_measure(found, "code")
    for subject, sizes in code.items():
        if subject.endswith(": typed unit"):
            hand = code[subject.split(":")[0] + ": by hand"]
            ratio = max(row["median_ns"] / hand[size]["median_ns"] for size, row in sizes.items())
            rows.append([f"{subject}: at most {TYPED_TIMES} times code by hand", f"{ratio:.3f}",
                         "reached" if ratio <= TYPED_TIMES else "MISSED"])
    return rows


def system_targets(found):
    """What was to be reached is a reload against smf_load. A load into the system is printed beside it, without a verdict: it
    enters every export into the index, as a reload does and smf_load does not."""
    rows = []
    for column in ("plain", "sealed", "fresh"):
        reload, load, system = (of_measure(found, "reload").get(f"{subject} {column}", {}).get(RELOAD_FUNCTIONS)
                                for subject in ("smf_system_reload", "smf_load", "smf_system_load"))
        if not (reload and load and system):
            continue
        ratio = reload["median_ns"] / load["median_ns"]
        rows.append([f"smf_system_reload {column} takes at most {RELOAD_TIMES} times smf_load, {RELOAD_FUNCTIONS:,} functions",
                     f"{ratio:.2f}", "reached" if ratio <= RELOAD_TIMES else "MISSED"])
        rows.append([f"  for comparison: of smf_system_load {column}", f"{reload['median_ns'] / system['median_ns']:.2f}", ""])
    for how in ("a bucket for each", "default buckets"):
        hit = of_measure(found, "resolve").get(f"smf_system_resolve hit {how}", {}).get(RESOLVE_EXPORTS)
        if hit:
            rows.append([f"smf_system_resolve, {how}: a hit in at most {RESOLVE_NS} ns at {RESOLVE_EXPORTS:,} exports",
                         f"{hit['median_ns']:.1f}", "reached" if hit["median_ns"] <= RESOLVE_NS else "MISSED"])
    return rows


def target_table(found):
    load = of_measure(found, "load")
    rows = []
    for kind, wanted, ours, theirs, size in TARGETS:
        if size not in load.get(ours, {}) or size not in load.get(theirs, {}):
            continue
        mine, other = load[ours][size]["median_ns"], load[theirs][size]["median_ns"]
        ratio = other / mine if kind == "at least" else mine / other
        met = ratio >= wanted if kind == "at least" else ratio <= wanted
        text = f"{ours} is {kind} {wanted} times as fast as {theirs}" if kind == "at least" else (
            f"{ours} takes {kind} {wanted} times a {theirs}")
        rows.append([f"{text}, {size:,} functions", f"{ratio:.2f}", "reached" if met else "MISSED"])
    for subject in ("smf_exports_resolve", "smf_find"):
        hit = of_measure(found, "lookup hit").get(subject, {}).get(HIT_EXPORTS)
        if hit:
            rows.append([f"{subject}: a hit in at most {HIT_NS} ns at {HIT_EXPORTS:,} exports", f"{hit['median_ns']:.1f}",
                         "reached" if hit["median_ns"] <= HIT_NS else "MISSED"])
    for subject, sizes in of_measure(found, "decode").items():
        if subject.startswith("liblz4 "):
            what = subject[len("liblz4 "):]
            ratio = min(row["median_ns"] / found[("decode", f"smf {what}")][size]["median_ns"] for size, row in sizes.items())
            rows.append([f"LZ4: smf is at least {DECODE_TIMES} times as fast as liblz4, {what}", f"{ratio:.2f}",
                         "reached" if ratio >= DECODE_TIMES else "MISSED"])
    for subject, sizes in of_measure(found, "library").items():
        if subject.startswith(("open and find", "map")) and LIBRARY_MODULES in sizes:
            found_ns = sizes[LIBRARY_MODULES]["median_ns"]
            rows.append([f"library of {LIBRARY_MODULES:,}, {subject.replace(';', ',')}: at most {LIBRARY_US} us",
                         f"{found_ns / 1000:.2f}", "reached" if found_ns <= LIBRARY_US * 1000 else "MISSED"])
    rows += system_targets(found) + template_targets(found)
    for how in ("", " not asking again"):
        cached = of_measure(found, "cached").get(f"get and smf_load plain{how}", {}).get(CACHED_FUNCTIONS)
        if cached:
            rows.append([f"a cached load of {CACHED_FUNCTIONS} functions in at most {CACHED_US} us, plain{how}",
                         f"{cached['median_ns'] / 1000:.2f}", "reached" if cached["median_ns"] <= CACHED_US * 1000 else "MISSED"])
    return aligned([["to be reached", "found", ""]] + rows) if rows else ""


def tables(found):
    parts = [load_table(found), decode_table(found), lookup_table(found, "lookup hit"), lookup_table(found, "lookup miss"),
             library_table(found), relocation_table(found), inference_table(found), system_table(found), cache_table(found), template_table(found),
             target_table(found)]
    return "\n".join(part for part in parts if part)


if __name__ == "__main__":
    print(tables(read(sys.argv[1])))
