// What Swift cannot import from ncursesw: globals, cast macros and variadics.
#ifndef MESHTOP_CNCURSES_H
#define MESHTOP_CNCURSES_H
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <stdio.h>
#include <wchar.h>
#include <locale.h>
#include <langinfo.h>
#include <curses.h>
#include <term.h>
#undef lines
#undef columns

// Attribute macros are casts, which Swift does not import.
static const attr_t mt_attr_bold = A_BOLD;
static const attr_t mt_attr_dim = A_DIM;
static const attr_t mt_attr_reverse = A_REVERSE;
static const attr_t mt_attr_underline = A_UNDERLINE;
static const attr_t mt_attr_normal = A_NORMAL;

// Mouse masks depend on NCURSES_MOUSE_VERSION: taken from the header, never written by hand.
static const mmask_t mt_button1_pressed = BUTTON1_PRESSED;
static const mmask_t mt_button1_clicked = BUTTON1_CLICKED;
static const mmask_t mt_button1_double = BUTTON1_DOUBLE_CLICKED;
static const mmask_t mt_wheel_up = BUTTON4_PRESSED;
static const mmask_t mt_wheel_down = BUTTON5_PRESSED;

// Globals are shared mutable state to Swift 6; these read them on the one thread that owns the screen.
static inline WINDOW *mt_stdscr(void) { return stdscr; }
static inline int mt_lines(void) { return LINES; }
static inline int mt_columns(void) { return COLS; }
static inline int mt_colors(void) { return COLORS; }
static inline int mt_color_pairs(void) { return COLOR_PAIRS; }

// setcchar takes a C array and an out-of-band pair; one call per cell keeps Swift free of wchar_t buffers.
// The pair goes through opts because pairs above 255 do not fit the attribute word.
static inline int mt_put_cell(WINDOW *w, int y, int x, const wchar_t *text, attr_t attributes, int pair) {
    cchar_t cell;
    short unused = 0;
    if (setcchar(&cell, text, attributes, unused, &pair) == ERR) return ERR;
    return mvwadd_wch(w, y, x, &cell);
}
#endif
