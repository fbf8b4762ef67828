#!/usr/bin/env python3
"""Finds numbers from outside that could end the program: conversions of a Double that trap, and unchecked sums.

The compiler finds every `Int(` of a Double in the files that import Base (Text/Clamping.swift). This finds
them everywhere by how they are written, and sums and products of what was read from text or JSON, which no type tells.
Usage: Scripts/lint-numbers.py [FOLDER...]   Prints FILE:LINE: what; ends with 1 when anything was found.

What is right although it looks wrong says so at the end of its line: `// bounded: WHY`.
"""
import pathlib, re, sys

# An integer made of something that is written as a fraction: a rounding, a Double, a literal with a point or exponent,
# a length of time or a share.
WHOLE = r"\bU?Int(?:8|16|32|64)?\("
FRACTION = re.compile(
    r"\.rounded\(|\bDouble\(|(?<![$\w.])\d+\.\d|(?<![$\w.])\d+[eE][0-9]|[sS]econds\b(?!\.count)|\bpow\(|\.squareRoot\(|\bfloor\(|\bceil\("
    r"|\.(?:double|ratio|rate|share)\b(?!\()")
CHECKED = re.compile(r"^\s*(clamping|exactly|truncatingIfNeeded|bitPattern|nanosecondsOf):")
# Numbers as others wrote them.
OUTSIDE = re.compile(r"\.exactInt\b")
READ = re.compile(r"\bInt\((?:text|parts\[|String\(|\$0\)|digits|line|word|field)")
SUM = re.compile(r"(?<![&=!<>+*-])[+*](?!=?[&)])\s")
# Sums of whole numbers that are read here have `total`.
WEIGHTS = re.compile(r"\b(?:weights|replicas|counts|restarts)\.reduce\(0, \+\)")


def argument(text, start):
    """What stands between the parenthesis before `start` and its partner."""
    depth, place = 1, start
    while place < len(text) and depth:
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        place += 1
    return text[start:place - 1]


def code(line):
    """The line without its comment and without what stands in quotes, where nothing is computed."""
    line = re.sub(r'"(?:[^"\\(]|\\[^(])*"', '""', line)
    return line.split("//", 1)[0]


# Know no Base: the first is it, the second stands on nothing of ours.
WITHOUT_BASE = ("Sources/Base/", "Sources/Insights/")


def findings(path):
    lines = path.read_text().split("\n")
    # The compiler finds `Int(` of a Double only where Base is imported.
    if not str(path).startswith(WITHOUT_BASE) and not any(re.match(r"(\w+ )?import Base$", line) for line in lines):
        for number, line in enumerate(lines, 1):
            if re.search(WHOLE, code(line)):
                yield number, "a conversion that the compiler does not judge: import Base"
                break
    for number, line in enumerate(lines, 1):
        if "// bounded: " in line:
            continue
        text = code(line)
        # An argument may go on in the next lines.
        longer = text + " " + " ".join(code(one).strip() for one in lines[number:number + 3])
        for match in re.finditer(WHOLE, text):
            inside = argument(longer, match.end())
            if not CHECKED.match(inside) and FRACTION.search(inside):
                yield number, f"{match.group()}…) of a fraction traps beyond its range: write {match.group()}clamping: …)"
        if OUTSIDE.search(text) and SUM.search(text):
            yield number, "a sum of a number from outside overflows: use int, which is bounded, or adding(_:), times(_:)"
        if READ.search(text) and SUM.search(text):
            yield number, "a sum of a number read from text overflows: use adding(_:), times(_:)"
        if WEIGHTS.search(text):
            yield number, "a sum of whole numbers from outside overflows: use total"


def main():
    found = 0
    for folder in sys.argv[1:] or ["Sources"]:
        for path in sorted(pathlib.Path(folder).rglob("*.swift")):
            for number, what in findings(path):
                found += 1
                print(f"{path}:{number}: {what}")
    sys.exit(1 if found else 0)


main()
