#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has every test of a tree a time limit and exactly one of the labels quick, full and soak? labels.py TREE"""
import json
import subprocess
import sys

TIERS = {"quick", "full", "soak"}
OTHER = {
    "once",  # gains nothing from being run again by another preset's tree
    "threads",  # what preset host-tsan runs
}


def check(tests):
    problems = []
    for test in tests:
        properties = {one["name"]: one["value"] for one in test.get("properties", [])}
        labels = set(properties.get("LABELS", []))
        if len(labels & TIERS) != 1 or labels - TIERS - OTHER:
            problems.append(f"{test['name']}: labels {sorted(labels)}")
        if not 0 < properties.get("TIMEOUT", 0) <= 3600:
            problems.append(f"{test['name']}: no time limit, or none that helps")
    return problems if tests else ["no tests"]


def test(*labels, limit=1):
    return [{"name": "t", "properties": [{"name": "LABELS", "value": labels}, {"name": "TIMEOUT", "value": limit}]}]


def main():
    for bad in ([], test(), test("quick", "full"), test("quick", "fast"), test("quick", limit=0), [{"name": "t"}]):
        if not check(bad):
            print(f"self-test: accepted {bad}")
            return 1
    listing = subprocess.run(["ctest", "--test-dir", sys.argv[1], "--show-only=json-v1"], check=True, capture_output=True)
    problems = check(json.loads(listing.stdout)["tests"]) + check(test("quick")) + check(test("full", "once"))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


sys.exit(main())
