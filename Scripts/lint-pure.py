#!/usr/bin/env python3
"""Finds what would make a screen depend on more than its model: clocks, random numbers, files, names of this machine.

`update` and `render` are pure: the same model gives the same frame and the same effects, on every machine. Times, ids
and names come in with events, or are made where an effect is carried out. Only the terminal itself is left out.
Usage: Scripts/lint-pure.py   Prints FILE:LINE: what; ends with 1 when anything was found.
"""
import pathlib, re, sys

FOLDERS = ["Sources/Views"]
LEFT_OUT = ["Sources/Views/Terminal/"]
IMPURE = re.compile(
    r"\.now\(\)|\.wall\(\)|\brandom\w*\(|\.shuffle|\.randomElement|\bSystemRandomNumberGenerator\b"
    r"|\b(?:hostName|currentUserName|processNumber|environmentVariable)\(|\bFiles\.|\bChangeID\b|\.started\(")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    found = 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.swift")):
            name = str(path.relative_to(root))
            if name.startswith(tuple(LEFT_OUT)):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = IMPURE.search(line.split("//", 1)[0])
                if match:
                    print(f"{name}:{number}: {match.group()} is not known to the model; let an event bring it")
                    found += 1
    return 1 if found else 0


sys.exit(main())
