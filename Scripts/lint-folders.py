#!/usr/bin/env python3
"""Says which folders of a target refer to each other in a circle, and fails when any do.

A folder refers to another when one of its files names a type that is declared at the top level of a file there. Words
in comments and in texts do not count, but for what is put into a text by \\(...).
"""
import collections
import os
import re
import sys

SOURCES = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "Sources")
DECLARED = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:(package|public|internal|fileprivate|private)\s+)?"
    r"(?:final |indirect |nonisolated )*(?:struct|class|enum|actor|protocol|typealias)\s+([A-Z]\w*)",
    re.M,
)
NO_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"', re.S)
PUT_IN = re.compile(r"\\\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
NAMED = re.compile(r"(?<![.\w])[A-Z]\w*")


def code(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return NO_CODE.sub(lambda match: " ".join(PUT_IN.findall(match.group(0))) if match.group(0)[0] == '"' else "", text)


def references(target):
    """Of each folder: the folders that it refers to, with who names what there."""
    files = {}
    for folder, _, names in os.walk(target):
        for name in names:
            if name.endswith(".swift"):
                files[os.path.join(folder, name)] = code(os.path.join(folder, name))
    home = lambda path: os.path.relpath(os.path.dirname(path), target)
    declared = collections.defaultdict(set)
    for path, text in files.items():
        for access, name in DECLARED.findall(text):
            if access not in ("private", "fileprivate"):
                declared[name].add(path)
    found = {home(path): collections.defaultdict(set) for path in files}
    for path, text in files.items():
        for name in set(NAMED.findall(text)):
            # A file's own type of that name is meant.
            if path in declared.get(name, ()):
                continue
            for other in declared.get(name, ()):
                if home(other) != home(path):
                    found[home(path)][home(other)].add(f"{os.path.basename(path)}: {name}")
    return found


def circles(found):
    """Sets of folders that reach each other (Tarjan's strongly connected components)."""
    number, low, stack, open_nodes, result = {}, {}, [], set(), []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        open_nodes.add(node)
        for other in found[node]:
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in open_nodes:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            circle = []
            while True:
                other = stack.pop()
                open_nodes.discard(other)
                circle.append(other)
                if other == node:
                    break
            if len(circle) > 1:
                result.append(sorted(circle))

    for node in sorted(found):
        if node not in number:
            visit(node)
    return result


count = 0
for target in sorted(os.listdir(SOURCES)):
    found = references(os.path.join(SOURCES, target))
    for circle in circles(found):
        count += 1
        print(f"{target}: {', '.join(circle)} refer to each other:")
        for folder in circle:
            for other in circle:
                if found[folder].get(other):
                    named = sorted(found[folder][other])
                    print(f"  {folder} -> {other} ({len(named)}): {', '.join(named[:4])}")
print(f"{count} circles of folders")
sys.exit(1 if count else 0)
