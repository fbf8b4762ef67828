#!/usr/bin/env python3
"""Writes the man pages, made from the command tree: meshtop(1), and meshtop-COMMAND(1) for each command.

usage: man.py BINARY FOLDER
"""
import json
import os
import subprocess
import sys

EXIT_CODES = [
    ("0", "done"), ("1", "what was asked for was judged: findings, a request that is denied"),
    ("2", "wrong usage, or nothing to work with: no cluster, no file"), ("3", "a change was not confirmed"),
    ("4", "the cluster refused it"), ("5", "applied, but the check afterwards failed"),
]
FILES = [
    ("$XDG_CONFIG_HOME/meshtop/config.yaml", "the configuration"),
    ("$XDG_CONFIG_HOME/meshtop/keys.yaml", "other keys for actions"),
    ("$XDG_CONFIG_HOME/meshtop/themes/NAME.yaml", "more themes"),
    ("$XDG_STATE_HOME/meshtop/journal.jsonl", "every change that was made, and the way back"),
]


def text(words):
    """Words of a person as roff takes them literally."""
    words = words.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    words = words.replace("^", "\\(ha").replace("~", "\\(ti")
    words = "".join(one if ord(one) < 128 else f"\\[u{ord(one):04X}]" for one in words)
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in words.split("\n"))


def sentence(words):
    return words if words.endswith((".", ":", "…")) else words + "."


def spelled(argument):
    """`-n, --namespace NAMESPACE`, each part in the font that man(7) asks for."""
    if argument["kind"] == "positional":
        return f"\\fI{text(argument['valueName'])}\\fR"
    names = [("-" if n["kind"] == "short" else "--") + n["name"] for n in argument["names"]]
    value = f" \\fI{text(argument['valueName'])}\\fR" if argument["kind"] == "option" else ""
    return ", ".join(f"\\fB{text(name)}\\fR" for name in names) + value


def described(argument):
    parts = [sentence(argument["abstract"])] if argument.get("abstract") else []
    if argument.get("allValues") and not all(value in " ".join(parts) for value in argument["allValues"]):
        parts.append(f"One of {', '.join(argument['allValues'])}.")
    if argument.get("defaultValue") and "default" not in " ".join(parts):
        parts.append(f"Default: {argument['defaultValue']}.")
    return text(" ".join(parts))


def shown(arguments):
    return [argument for argument in arguments if argument["shouldDisplay"]]


def listing(arguments):
    lines = []
    for argument in arguments:
        lines += [".TP", spelled(argument), described(argument)]
    return lines


def paragraphs(words):
    """The lines of a list stay lines; others are filled."""
    lines = []
    for paragraph in words.split("\n\n"):
        rows = paragraph.split("\n")
        is_list = len(rows) > 1 and all(":" in row for row in rows)
        lines += [".PP"] + ("\n.br\n".join(text(row) for row in rows) if is_list else text(paragraph)).split("\n")
    return lines


def synopsis(name, arguments):
    words = [f".B {text(name)}", "[\\fIoptions\\fR]"]
    for argument in arguments:
        if argument["kind"] == "positional":
            dots = " ..." if argument["isRepeating"] else ""
            words.append(f"[{spelled(argument)}{dots}]" if argument["isOptional"] else spelled(argument) + dots)
    return [".SH SYNOPSIS"] + words


def head(name, abstract, version):
    title = name.upper().replace(" ", "-")
    return [
        f'.TH "{text(title)}" "1" "" "MeshTop {version}" "User Commands"', ".SH NAME",
        f"{text(name.replace(' ', '-'))} \\- {text(abstract.rstrip('.'))}",
    ]


def sections(arguments):
    """Options under their titles; those without one first."""
    lines = []
    for title in dict.fromkeys([None] + [argument.get("sectionTitle") for argument in arguments]):
        part = [argument for argument in arguments if argument.get("sectionTitle") == title]
        if part:
            lines += [f".SH {(text(title).upper() if title else 'OPTIONS')}"] + listing(part)
    return lines


def root_page(command, version):
    arguments = shown(command["arguments"])
    lines = head("meshtop", command["abstract"], version) + synopsis("meshtop", arguments)
    lines += [".br", ".B meshtop", "\\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]"]
    lines += [".SH DESCRIPTION"] + paragraphs(command["discussion"])[1:]
    lines += [".SH COMMANDS"]
    for sub in subcommands(command):
        lines += [".TP", f"\\fB{text(sub['commandName'])}\\fR", text(sub["abstract"])]
    lines += sections(arguments) + [".SH EXIT STATUS"]
    for code, words in EXIT_CODES:
        lines += [".TP", code, text(sentence(words))]
    lines += [".SH FILES"]
    for path, words in FILES:
        lines += [".TP", f"\\fI{text(path)}\\fR", text(sentence(words))]
    others = ",\n".join(f".BR {text('meshtop-' + sub['commandName'])} (1)" for sub in subcommands(command))
    return lines + [".SH SEE ALSO"] + [line.rstrip(",") + (" ," if line.endswith(",") else "")
                                       for line in others.split("\n")]


def subcommands(command):
    return [sub for sub in command["subcommands"] if sub["shouldDisplay"] and sub["commandName"] != "help"]


def page(command, root, version):
    name = f"meshtop {command['commandName']}"
    everywhere = [argument for argument in root["arguments"]]
    arguments = shown(command["arguments"])
    own = [argument for argument in arguments if argument not in everywhere]
    lines = head(name, command["abstract"], version) + synopsis(name, arguments)
    lines += [".SH DESCRIPTION", text(command["abstract"])]
    if command.get("discussion"):
        lines += paragraphs(command["discussion"])
    given = [argument for argument in own if argument["kind"] == "positional"]
    if given:
        lines += [".SH ARGUMENTS"] + listing(given)
    lines += sections([argument for argument in own if argument["kind"] != "positional"])
    shared = [argument for argument in arguments if argument in everywhere]
    if shared:
        lines += [".SH OPTIONS OF EVERY COMMAND", ".BR meshtop (1)", "says what these are:", ".PP"]
        lines += [",\n".join(spelled(argument) for argument in shared) + "."]
    return lines + [".SH SEE ALSO", ".BR meshtop (1)"]


def main():
    binary, folder = sys.argv[1:]
    dump = subprocess.run([binary, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    root = json.loads(dump)["command"]
    os.makedirs(folder, exist_ok=True)
    pages = {"meshtop": root_page(root, version)}
    for command in subcommands(root):
        pages[f"meshtop-{command['commandName']}"] = page(command, root, version)
    for name, lines in pages.items():
        with open(os.path.join(folder, f"{name}.1"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


main()
