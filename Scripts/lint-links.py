#!/usr/bin/env python3
"""Finds files that the clone's texts name and a clone lacks: paths of one machine, folders beside the clone, and links
of the documents that lead nowhere. Prints file:line: the name. `make lint` runs it.

Three kinds of names are looked at:
- any path that leaves the clone: ../NAME/…, /work/…, /home/NAME/…, /root/…
- a path of this clone in a text or a comment: Sources/…, Tests/…, Scripts/…, docs/…, examples/…, packaging/…, themes/…
- a link of a Markdown document, to a file or to a heading of one.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Files that are not looked at, with the reason.
ALLOWED = {"Scripts/lint-links.py": "it names the patterns"}
LEAVES = re.compile(r"(?<![\w./~}$)-])(?:\.\./[A-Za-z_][\w-]*/[\w./-]+|/(?:work|root)/[\w./-]+|/home/[a-z]\w*/[\w./-]+)")
INSIDE = re.compile(r"(?<![\w./*$}-])((?:Sources|Tests|Scripts|docs|examples|packaging|themes|Fuzz)/[\w./+-]*[\w+])(?![\w*<{$])")
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
TEXTS = (".swift", ".sh", ".py", ".md", ".yaml", ".yml", ".h", ".modulemap", "Makefile")


def files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True,
        text=True).stdout.split("\n")
    return [name for name in listed if name and os.path.exists(os.path.join(ROOT, name))]


def exists(path, names, folders):
    path = os.path.normpath(path)
    return path in names or path in folders


def headings(text):
    found = set()
    for line in text.split("\n"):
        if line.startswith("#"):
            words = line.lstrip("#").strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return found


def main():
    names = set(files())
    folders = {os.path.dirname(name) for name in names}
    for folder in list(folders):
        while folder:
            folders.add(folder)
            folder = os.path.dirname(folder)
    problems = []
    for name in sorted(names):
        if not name.endswith(TEXTS) or name in ALLOWED:
            continue
        with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
            text = file.read()
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > 2000:
                continue  # a table made by a script
            where = f"{name}:{number}"
            for found in LEAVES.finditer(line):
                if not exists(os.path.join(os.path.dirname(name), found.group()), names, folders):
                    problems.append(f"{where}: {found.group()} is not in a clone")
            for found in INSIDE.finditer(line):
                # A name in capitals stands for any.
                if not exists(found.group(1), names, folders) and not re.search(r"NAME|\b[A-Z]{2,}\b", found.group(1)):
                    problems.append(f"{where}: there is no {found.group(1)}")
            if not name.endswith(".md"):
                continue
            for found in LINK.finditer(line):
                target = found.group(1) or found.group(2)
                if "://" in target or target.startswith("mailto:"):
                    continue
                path, _, heading = target.partition("#")
                path = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
                if not exists(path, names, folders):
                    problems.append(f"{where}: the link leads nowhere: {target}")
                elif heading and path.endswith(".md"):
                    with open(os.path.join(ROOT, path), encoding="utf-8") as other:
                        if heading not in headings(other.read()):
                            problems.append(f"{where}: {path} has no heading #{heading}")
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
