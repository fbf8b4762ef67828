#!/usr/bin/env python3
"""Draws the picture of the README: the dashboard on the embedded mesh, as it is in a terminal, as SVG.

usage: picture.py BINARY > docs/screen.svg
"""
import html
import os
import re
import subprocess
import sys
import tempfile
import time

COLUMNS, ROWS = 160, 42
CELL_WIDTH, CELL_HEIGHT, FONT = 7.8, 16, 13
BACKGROUND, FOREGROUND = "#14161b", "#d0d4da"
BASIC = ["#1c1f26", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
         "#5c6370", "#ef7a83", "#a9d68a", "#f0cd8a", "#72bcff", "#d88ae8", "#67c7d3", "#ffffff"]
LEVELS = [0, 95, 135, 175, 215, 255]


def colour(number):
    if number < 16:
        return BASIC[number]
    if number < 232:
        number -= 16
        return "#%02x%02x%02x" % tuple(LEVELS[part] for part in (number // 36, number // 6 % 6, number % 6))
    return "#" + "%02x" % (8 + 10 * (number - 232)) * 3


def capture(binary):
    """The screen once metrics are there and a service is selected."""
    with tempfile.TemporaryDirectory() as home:
        name = f"meshtop-picture-{os.getpid()}"
        environment = dict(os.environ, HOME=home, XDG_CONFIG_HOME=f"{home}/c", XDG_STATE_HOME=f"{home}/s",
                           LC_ALL="C.UTF-8", TERM="xterm-256color")
        environment.pop("NO_COLOR", None)

        def tmux(*arguments):
            return subprocess.run(["tmux", "-L", name, "-f", "/dev/null", *arguments], env=environment, check=True,
                                  capture_output=True, text=True).stdout

        def wait(*words):
            for _ in range(600):
                if all(word in tmux("capture-pane", "-p") for word in words):
                    return
                time.sleep(0.1)
            sys.exit(f"picture: {words} never came\n" + tmux("capture-pane", "-p"))

        tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), f"exec {binary} --demo")
        try:
            wait("metrics●", "envoy●", "reviews")
            tmux("send-keys", "-l", "/reviews")
            tmux("send-keys", "Enter")
            wait("1 Services 1/")
            tmux("send-keys", "Down")
            wait("▶● shop")
            # The filter goes, the selection stays.
            tmux("send-keys", "Escape")
            wait("1 Services 33")
            return tmux("capture-pane", "-e", "-p").split("\n")[:ROWS]
        finally:
            tmux("kill-server")


def runs(line):
    """Pieces of one style: (column, text, foreground, background, is bold)."""
    column, style = 0, dict(fg=None, bg=None, bold=False, reverse=False)
    for part in re.split(r"(\x1b\[[0-9;]*m|\x1b\(B|\x0e|\x0f)", line):
        found = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if found:
            codes = [int(code or 0) for code in found.group(1).split(";")]
            while codes:
                code = codes.pop(0)
                if code == 0:
                    style = dict(fg=None, bg=None, bold=False, reverse=False)
                elif code == 1:
                    style["bold"] = True
                elif code == 22:
                    style["bold"] = False
                elif code in (7, 27):
                    style["reverse"] = code == 7
                elif code in (38, 48):
                    kind = codes.pop(0)
                    value = colour(codes.pop(0)) if kind == 5 else "#%02x%02x%02x" % tuple(codes.pop(0) for _ in "rgb")
                    style["fg" if code == 38 else "bg"] = value
                elif 30 <= code <= 37 or 90 <= code <= 97:
                    style["fg"] = BASIC[code - 30 if code < 90 else code - 82]
                elif 40 <= code <= 47 or 100 <= code <= 107:
                    style["bg"] = BASIC[code - 40 if code < 100 else code - 92]
                elif code in (39, 49):
                    style["fg" if code == 39 else "bg"] = None
        elif part and not part.startswith("\x1b") and part not in "\x0e\x0f":
            fg, bg = style["fg"] or FOREGROUND, style["bg"]
            if style["reverse"]:
                fg, bg = bg or BACKGROUND, fg
            yield column, part, fg, bg, style["bold"]
            column += len(part)


def draw(lines):
    width, height = COLUMNS * CELL_WIDTH + 20, ROWS * CELL_HEIGHT + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" font-size="{FONT}" '
           'font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" xml:space="preserve">',
           f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>']
    for row, line in enumerate(lines):
        top = 10 + row * CELL_HEIGHT
        for column, text, fg, bg, bold in runs(line):
            left, span = 10 + column * CELL_WIDTH, len(text) * CELL_WIDTH
            if bg:
                out.append(f'<rect x="{left:g}" y="{top}" width="{span:g}" height="{CELL_HEIGHT}" fill="{bg}"/>')
            # Words apart from each other keep their columns, whatever the reader's font is.
            for word in re.finditer(r"\S+(?: \S+)*", text):
                x, length = left + word.start() * CELL_WIDTH, len(word.group()) * CELL_WIDTH
                weight = ' font-weight="bold"' if bold else ""
                out.append(f'<text x="{x:g}" y="{top + 12}" textLength="{length:g}" lengthAdjust="spacingAndGlyphs" '
                           f'fill="{fg}"{weight}>{html.escape(word.group())}</text>')
    return "\n".join(out + ["</svg>", ""])


print(draw(capture(os.path.abspath(sys.argv[1]))), end="")
