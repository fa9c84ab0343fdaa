#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""smf inspect of templates: every form that they are found in, what is opaque and why, notes, and what is refused.

    inspect_templates.py [--sanitized] SMF GOLDEN [CASE...]     GOLDEN: tests/golden

TAP; exit status 1 if a case fails.
"""
import json
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "command"))
import command
import forge
from command import same

make = None  # forge.golden()

TERM_SORT = forge.function(forge.VOID, forge.pointer(forge.variable(0)), forge.USIZE)
SORT = forge.record(
    [("T", 4)], [("sort", TERM_SORT), ("is_sorted", forge.function(b"\x11", forge.pointer(forge.variable(0)), forge.USIZE))],
    [("swap", forge.variable(0)), ("Pair", forge.variable(0) + forge.generic_type("Vec", forge.pointer(forge.variable(0))))],
    [forge.unit(bytes(40), [(2, 2, 4)], exports=(0, 16)),
     forge.unit(bytes(48), [(1, 3, 24)], exports=(0, 8), arch=5, features=5, symbols=[(2, 0, 2)], relocations=[(4, 18, 0, 0)]),
     forge.unit(bytes(64), [(0, 0, 0)], exports=(0, 32), features=3,
                symbols=[(1, 0, 0), (0x82, 0, 2), (3, 0, "add"), (0x44, 0, 0), (0xc5, 0, "memcpy"), (6, 0, "hook")],
                relocations=[(4, 10, 0, 0), (12, 4, 3, -4)]),
     forge.unit(b"int x;\n", [(0, 0, 0)], arch=255, form=2, alignment=0),
     forge.unit(bytes(3), [(0, 0, 0)], form=9)])


def write(smf, name, sections, symbols=()):
    return smf.write(name, forge.module(make, sections, symbols))


def templates(smf, *arguments):
    return json.loads(smf.good("inspect", "--json", *arguments))["templates"]


def one(smf, payload, name="one.smf", symbols=()):
    return templates(smf, write(smf, name, [(b"templates", forge.TEMPLATE_CODE, payload)], symbols))


def brief_form(smf):
    found = one(smf, forge.gtpl(1, [forge.brief(0, "swap", 1), forge.brief(4, "Ordered", 9)]))
    same([(it["name"], it["kind"], it["form"], [p["name"] for p in it["parameters"]]) for it in found],
         [("swap", "function", "brief", ["T"]),
          ("Ordered", "trait", "brief", ["T", "U", "V", "W", "X", "Y", "Z", "T7", "T8"])], "entries")
    same({it["opaque"] for it in found}, {"only its head is there, no body"}, "why")
    same(["units" in it for it in found], [False, False], "units")
    told = smf.good("inspect", os.path.join(smf.folder, "one.smf"))
    same("\ntemplates of templates\n  function swap<T>\n    opaque only its head is there, no body (0 bytes)\n"
         "  trait Ordered<T, U, V, W, X, Y, Z, T7, T8>\n" in told, True, "text " + told)


def whole_form(smf):
    found = one(smf, forge.gtpl(1, [forge.whole(0, "map", ["Key", "Value"]), forge.whole(1, "Vec$i64", [], "Vec"),
                                    forge.whole(2, "List", ["T"]), forge.whole(3, "Option", ["T"]), forge.whole(4, "Show", [])]))
    same([(it["name"], it["kind"], it["opaque"]) for it in found],
         [("map", "function", "a tree of another compiler, no code"),
          ("Vec$i64", "struct", "no template itself: a specialization, or marked as none"),
          ("List", "class", "a tree of another compiler, no code"), ("Option", "enum", "a tree of another compiler, no code"),
          ("Show", "trait", "a tree of another compiler, no code")], "entries")
    same([p["name"] for p in found[0]["parameters"]], ["Key", "Value"], "parameters")


def named_form(smf):
    found = one(smf, forge.named([("swap", b"body of swap"), ("sort", SORT)]))
    same([(it["name"], it["kind"], it["form"], it["opaque"], it["size"]) for it in found],
         [("swap", None, "named", "a body that is no record", 12), ("sort", "function", "named", None, len(SORT))], "entries")
    same([it["name"] for it in found[1]["exports"]], ["sort", "is_sorted"], "exports of the record among them")


def records_form(smf):
    later = forge.record([("T", 0)], [], version=7)
    found = one(smf, forge.records([("sort", SORT), ("later", later)]))
    same((found[1]["opaque"], found[1]["kind"], found[1]["parameters"]), ("a record of version 7, which is not known", None, []),
         "a later version")
    sort = found[0]
    same((sort["kind"], sort["opaque"], sort["parameters"]), ("function", None, [{"name": "T", "bounds": ["compare"]}]), "sort")
    same(sort["exports"], [{"name": "sort", "signature": "sort<T: compare>(*T, usize)"},
                           {"name": "is_sorted", "signature": "is_sorted<T: compare>(*T, usize) -> bool"}], "exports")
    same(sort["needs"], ["swap<T>", "Pair<T, Vec<*T>>"], "needs")
    fields = ("format", "shape", "arch", "features", "size", "relocations", "stubs", "slots", "imports", "weak_imports")
    same([tuple(it.get(field) for field in fields) for it in sort["units"]],
         [("code", ["i32"], "x86_64", [], 40, 0, 0, 0, [], []),
          ("code", ["plain:24:8"], "riscv32", ["compressed", "float-abi-double"], 48, 1, 0, 0, [], []),
          ("code", ["any"], "x86_64", ["v4"], 64, 2, 2, 2, ["memcpy"], ["hook"]),
          ("c", ["any"], None, [], 7, None, None, None, None, None),
          (9, None, None, None, 3, None, None, None, None, None)], "units")
    same(sort["units"][2]["holes"], [{"name": "size", "named": False, "parameter": "T"},
                                     {"name": "compare", "named": False, "parameter": "T"},
                                     {"name": "add", "named": True, "parameter": "T"}], "holes")


def records_in_text(smf):
    path = write(smf, "one.smf", [(b"templates", forge.TEMPLATE_CODE, forge.records([("sort", SORT)]))])
    told = smf.good("inspect", path)
    start = told.index("\ntemplates of")
    lines = [" ".join(line.split()) for line in told[start:].strip().splitlines()]
    same(lines, ["templates of templates",
                 f"function sort<T: compare>(*T, usize), record of {len(SORT)} bytes",
                 "also is_sorted<T: compare>(*T, usize) -> bool", "needs swap<T>", "needs Pair<T, Vec<*T>>",
                 "unit i32 x86_64 40 bytes",
                 "unit plain:24:8 riscv32 compressed float-abi-double 48 bytes, holes compare(T), 1 relocations",
                 "unit any x86_64 v4 64 bytes, holes size(T) compare(T) add(T), imports memcpy hook (weak), 2 relocations, "
                 "2 stubs and 2 slots at most", "source any C 7 bytes", "unit of format 9, which is not known: 3 bytes"], "lines")


def shapes(smf):
    """Several parameters, and every class."""
    wide = forge.record([("K", 8 + 16), ("V", 0)], [("map_get", forge.function(forge.pointer(forge.variable(1)),
                                                                              forge.pointer(forge.generic_type("Map", b"\0", b"\1")),
                                                                              forge.pointer(b"\0")))], [],
                        [forge.unit(bytes(4), [first, second], exports=(0,)) for first, second in
                         (((3, 0, 1), (4, 3, 8)), ((5, 3, 8), (2, 2, 8)), ((1, 0, 0), (0, 0, 0)))])
    found = one(smf, forge.records([("map_get", wide)]))[0]
    same([it["shape"] for it in found["units"]], [["u8", "f64"], ["ptr64", "i64:4"], ["plain", "any"]], "shapes")
    same(found["exports"][0]["signature"], "map_get<K: equal + hash, V>(*Map<K, V>, *K) -> *V", "signature")
    same(found["parameters"][0]["bounds"], ["equal", "hash"], "bounds")


def opaque_bytes(smf):
    same([(it["name"], it["form"], it["opaque"], it["size"]) for it in one(smf, b"what is this?")],
         [(None, "opaque", "bytes that no form explains", 13)], "bytes")
    same([(it["form"], it["size"]) for it in one(smf, forge.gtpl(3, [b"later"]))], [("opaque", 15)], "another version")
    same(one(smf, b""), [], "nothing")
    same("  template without a name\n    opaque bytes that no form explains (13 bytes)\n" in smf.good(
        "inspect", write(smf, "text.smf", [(b"t", forge.TEMPLATE_CODE, b"what is this?")])), True, "text")


def bodies_at_symbols(smf):
    body = forge.gtpl(1, [forge.brief(1, "Box", 2)]) + forge.text("the body") + struct.pack("<I", 1) + forge.text("T") + forge.text("Ordered")
    payload = b"filler" + forge.text(body) + forge.text("a tree")
    second = 6 + 4 + len(body)
    symbols = [(b"Box", 1, 0, 0, 2, forge.TEMPLATE_FLAG, 2, 6), (b"fold", 1, 0, 0, 0, forge.TEMPLATE_FLAG, 3, second)]
    found = one(smf, payload, symbols=symbols)
    same([(it["name"], it["form"], it["kind"], it["opaque"], [p["name"] for p in it["parameters"]], it["size"]) for it in found],
         [("Box", "single", "struct", "a body of another compiler, no code", ["T", "U"], 8),
          ("fold", "single", None, "a body of another compiler, no code", ["T", "U", "V"], 6)], "entries")
    same(found[0]["parameters"][0]["bounds"], ["Ordered"], "pairs")
    same("struct Box<T, U> where T: Ordered\n" in smf.good("inspect", os.path.join(smf.folder, "one.smf")), True, "text")


def compressed_sections(smf):
    """Canonical files compress neither, and do not open; of older ones nothing more is known."""
    sections = [(b"templates", forge.TEMPLATE_CODE, b"\0\0", 1 | 8), (b"note.sdn", forge.TEMPLATE_META, b"\0\0", 1 | 8)]
    smf.refused("inspect", smf.write("one.smf", forge.module(make, sections, compression=2)), says="flags 9")
    path = smf.write("one.smf", forge.module(make, sections, compression=2, canonical=False))
    found = json.loads(smf.good("inspect", "--json", path))
    same([it["opaque"] for it in found["templates"]], ["its section is compressed"], "entry")
    same(found["sdn"], None, "note")
    same("note.sdn is compressed: not read\n" in smf.good("inspect", path), True, "text")


NOTE = """instantiations |id, template, type_args, mangled_name, from_file, from_loc, to_obj, status|
    0, "sort", "i64", "sort$i64", "a.c", "a.c:3", "a.o", "compiled"
possible |id, template, type_args, mangled_name, required_by, can_defer|
    0, "sort", "Point", "sort$Point", "user", true
    1, "map", "text, \\"i64\\"", "map$x", "user", false
    broken
type_inferences |id, inferred_type, expr, context, from_file, from_loc|
    0, "Point", "sort(p)", "call_site", "b.c", "9"
dependencies |from_inst, to_inst, dep_kind|
    "reverse$i64", "swap$i64", "inner_type"
circular_warnings |id, cycle_path, severity|
    0, "a -> b -> a", "warning"
circular_errors |id, cycle_path, error_code|
    0, "c -> c", "E7"
# END_NOTE
"""


def notes(smf):
    path = write(smf, "one.smf", [(b"note.sdn", forge.TEMPLATE_META, NOTE.encode())])
    found = json.loads(smf.good("inspect", "--json", path))["sdn"]
    same(found, {"malformed": 1,
                 "instantiations": [{"id": "0", "template": "sort", "type_args": "i64", "mangled_name": "sort$i64", "from_file": "a.c",
                                     "from_loc": "a.c:3", "to_obj": "a.o", "status": "compiled"}],
                 "possible": [{"id": "0", "template": "sort", "type_args": "Point", "mangled_name": "sort$Point",
                               "required_by": "user", "can_defer": "true"},
                              {"id": "1", "template": "map", "type_args": "text, \"i64\"", "mangled_name": "map$x",
                               "required_by": "user", "can_defer": "false"}],
                 "type_inferences": [{"id": "0", "from_file": "b.c", "from_loc": "9", "inferred_type": "Point", "expr": "sort(p)",
                                      "context": "call_site"}],
                 "dependencies": [{"from_inst": "reverse$i64", "to_inst": "swap$i64", "dep_kind": "inner_type"}],
                 "circular_warnings": [{"id": "0", "cycle_path": "a -> b -> a", "severity": "warning"}],
                 "circular_errors": [{"id": "0", "cycle_path": "c -> c", "error_code": "E7"}], "cycle": None}, "note")
    told = smf.good("inspect", path)
    for line in ("7 rows of note.sdn, 1 malformed and left out", "  built in sort<i64> as sort$i64, compiled, in a.o, from a.c:a.c:3",
                 "  uses     sort<Point> as sort$Point, required by user, made at load\n",
                 "  uses     map<text, \"i64\"> as map$x, required by user\n", "  infers   sort(p): call_site Point, from b.c:9",
                 "  depends  reverse$i64 -> swap$i64, inner_type", "  warning  a -> b -> a, warning", "  cycle    c -> c, E7"):
        same(line in told, True, f"{line!r} in {told}")
    same(json.loads(smf.good("inspect", "--json", write(smf, "two.smf", [])))["sdn"], None, "no note")


def cycles_of_dependencies(smf):
    """Also one that no compiler told of."""
    rows = "".join(f'    "{a}", "{b}", "inner_type"\n' for a, b in (("x", "ping"), ("ping", "pong"), ("pong", "ping")))
    path = write(smf, "one.smf", [(b"note.sdn", forge.TEMPLATE_META,
                                   ("dependencies |from_inst, to_inst, dep_kind|\n" + rows + "# END_NOTE\n").encode())])
    same(json.loads(smf.good("inspect", "--json", path))["sdn"]["cycle"], "ping->pong->ping", "path")
    same("  circle   ping->pong->ping\n" in smf.good("inspect", path), True, "text")


def counts(smf):
    entries = [("sort", 2), ("swap", 0), ("Vec", 1)]
    path = write(smf, "one.smf", [(b"meta", forge.TEMPLATE_META, forge.meta(2, 1, entries=entries))])
    found = json.loads(smf.good("inspect", "--json", path))["template_meta"]
    same(found, {"functions": 2, "structs": 1, "enums": 0, "traits": 0,
                 "entries": [{"name": name, "specializations": count} for name, count in entries]}, "meta")
    same("said to be 2 functions, 1 structs, 0 enums, 0 traits\n  sort, 2 specializations\n" in smf.good("inspect", path), True, "text")
    bare = write(smf, "two.smf", [(b"meta", forge.TEMPLATE_META, forge.meta(5))])
    same(json.loads(smf.good("inspect", "--json", bare))["template_meta"]["entries"], [], "without entries")


def modules_of_libraries(smf):
    path = write(smf, "one.smf", [(b"templates", forge.TEMPLATE_CODE, forge.records([("sort", SORT)]))])
    library = os.path.join(smf.folder, "all.lsm")
    smf.good("ar", "create", library, path)
    name = json.loads(smf.good("inspect", "--json", library))["modules"][0]["name"]
    same(templates(smf, "--module", name, library), templates(smf, path), "the same as from a file")


def what_is_refused(smf):
    """Nothing is printed of what is not proven."""
    def refuse(kind, payload, says, name=b"templates"):
        smf.refused("inspect", write(smf, "bad.smf", [(name, kind, payload)]), says=says)
    refuse(forge.TEMPLATE_CODE, forge.gtpl(1, [b"\5"]), "templates")
    refuse(forge.TEMPLATE_CODE, forge.records([("sort", b"SMFX")]), "templates")
    refuse(forge.TEMPLATE_META, b"possible |id, template\n", "", b"note.sdn")
    refuse(forge.TEMPLATE_META, forge.meta(1, entries=[("a", 1)])[:-1], "", b"meta")
    for cut in range(14, len(SORT), 7):
        refuse(forge.TEMPLATE_CODE, forge.records([("sort", SORT[:cut])]), "")
    smf.refused("inspect", "--json", write(smf, "bad.smf", [(b"t", forge.TEMPLATE_CODE, forge.gtpl(1, [b"\5"]))]), shown=os.path.join(
        smf.folder, "bad.smf"))


def flipped_bits(smf):
    """Whatever is proven is printed as JSON; whatever is not is one line."""
    payloads = ((forge.TEMPLATE_CODE, forge.records([("sort", SORT)]), b"t"), (forge.TEMPLATE_META, NOTE.encode(), b"note.sdn"),
                (forge.TEMPLATE_META, forge.meta(1, entries=[("sort", 3)]), b"m"))
    for kind, payload, name in payloads:
        for bit in range(0, len(payload) * 8, 29 if not smf.emulator else 397):
            content = bytearray(payload)
            content[bit // 8] ^= 1 << bit % 8
            path = write(smf, "flipped.smf", [(name, kind, bytes(content))])
            found = smf.run("inspect", "--json", path)
            if found.returncode == 0:
                json.loads(found.stdout)
            else:
                smf.refused("inspect", path)


CASES = [brief_form, whole_form, named_form, records_form, records_in_text, shapes, opaque_bytes, bodies_at_symbols,
         compressed_sections, notes, cycles_of_dependencies, counts, modules_of_libraries, what_is_refused, flipped_bits]

if __name__ == "__main__":
    make = forge.golden()
    sys.exit(command.main(sys.argv[1:], CASES, __doc__))
