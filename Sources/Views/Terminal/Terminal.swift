// The terminal, through ncurses: opened once, drawn cell by cell, given back whatever happens.

package import Base
internal import CLinux
internal import CNcurses

package struct TerminalOptions: Sendable {
    package var noColor: Bool
    package var ascii: Bool
    package var mouse: Bool

    package init(noColor: Bool = false, ascii: Bool = false, mouse: Bool = true) {
        self.noColor = noColor
        self.ascii = ascii
        self.mouse = mouse
    }
}

/// Owns the screen. Everything here runs on the main thread, as ncurses demands.
@MainActor
package final class Terminal {
    private let screen: OpaquePointer
    private let output: UnsafeMutablePointer<FILE>
    private let input: UnsafeMutablePointer<FILE>
    private let saved: termios
    private let hasColors: Bool
    /// What `init_extended_pair` was given so far.
    private var pairs: [Theme.Colors: Int32] = [:]
    private var shown: Frame?
    private var theme: Theme?
    private var mouse: Bool
    private var decoder = KeyDecoder()
    private var isOpen = true
    /// What ncurses does when it is stopped, put aside while the terminal is somebody else's: it would take the other
    /// program's settings for its own.
    private var stopAction: sigaction?
    /// Said once, when the terminal's own name was not known.
    package let notice: String?
    package let isUTF8: Bool
    private let knowsModes: Bool

    /// Modes ncurses does not know: bracketed paste on and off.
    private static let modesOn = "\u{1B}[?2004h"
    private static let modesOff = "\u{1B}[?2004l"
    /// Mouse reports that reach beyond column 223, whatever the terminal's description asks for.
    private static let wideMouseOn = "\u{1B}[?1006h"
    private static let wideMouseOff = "\u{1B}[?1006l"

    /// Opens standard input and output as the screen. An error when there is no terminal, or none that can move
    /// its cursor.
    package static func open(_ options: TerminalOptions) throws(MeshTopError) -> Terminal {
        guard isatty(0) == 1, isatty(1) == 1 else {
            throw MeshTopError(
                .environment, "the dashboard", why: "standard input and output are not a terminal",
                advice: "run it in a terminal, or use 'meshtop snapshot'")
        }
        var saved = termios()
        guard tcgetattr(0, &saved) == 0 else {
            throw MeshTopError(
                .environment, "the terminal", why: "its settings cannot be read", advice: "use 'meshtop snapshot'")
        }
        let isUTF8 = chooseLocale()
        guard let output = fdopen(dup(1), "w"), let input = fdopen(dup(0), "r") else {
            throw MeshTopError(
                .environment, "the terminal", why: "it cannot be opened", advice: "use 'meshtop snapshot'")
        }
        // One frame is one write.
        setvbuf(output, nil, _IOFBF, 256 * 1024)
        use_tioctl(true)
        set_escdelay(25)
        let wanted = environmentVariable("TERM") ?? ""
        CrashGuard.arm(
            descriptor: dup(1), termios: saved,
            bytes: Array("\u{1B}[?2004l\u{1B}[?1006l\u{1B}[?1000l\u{1B}[?1049l\u{1B}[?25h\u{1B}[0m".utf8))
        for name in ladder(wanted) {
            guard let screen = newterm(name, output, input) else { continue }
            set_term(screen)
            guard let cup = tigetstr("cup"), Int(bitPattern: cup) != -1 else {
                endwin()
                delscreen(screen)
                continue
            }
            let notice =
                name == wanted
                ? nil
                : "TERM=\(wanted.isEmpty ? "(unset)" : SafeText.line(wanted, limit: 40)) is not known here; drawing as for \(name)"
            return Terminal(
                screen, output, input, saved, isUTF8: isUTF8 && !options.ascii, notice: notice, name: name, options)
        }
        CrashGuard.disarm()
        tcsetattr(0, TCSANOW, &saved)
        throw MeshTopError(
            .environment, "TERM=\(wanted.isEmpty ? "(unset)" : wanted)",
            why: "no description of a terminal that can move its cursor was found",
            advice: "set TERM=xterm-256color, or use 'meshtop snapshot'")
    }

    /// `$TERM`, then what most terminals of today understand. A terminal that says it is dumb is believed.
    private static func ladder(_ wanted: String) -> [String] {
        if wanted == "dumb" { return ["dumb"] }
        var names = wanted.isEmpty ? [] : [wanted]
        for name in ["xterm-256color", "xterm", "vt100"] where name != wanted { names.append(name) }
        return names
    }

    /// Takes the environment's locale; where that is C, C.UTF-8 only if the environment asks for nothing else.
    private static func chooseLocale() -> Bool {
        setlocale(LC_ALL, "")
        return String(cString: nl_langinfo(Int32(CODESET))) == "UTF-8"
    }

    private init(
        _ screen: OpaquePointer, _ output: UnsafeMutablePointer<FILE>, _ input: UnsafeMutablePointer<FILE>,
        _ saved: termios,
        isUTF8: Bool, notice: String?, name: String, _ options: TerminalOptions
    ) {
        self.screen = screen
        self.output = output
        self.input = input
        self.saved = saved
        self.isUTF8 = isUTF8
        knowsModes = Self.knowsModes(name)
        self.notice = notice
        mouse = options.mouse
        raw()
        noecho()
        nonl()
        curs_set(0)
        let window = mt_stdscr()
        keypad(window, true)
        nodelay(window, true)
        typeahead(-1)
        intrflush(window, false)
        hasColors = !options.noColor && has_colors()
        if hasColors {
            start_color()
            use_default_colors()
        }
        setMouse(options.mouse)
        writeModes(Self.modesOn)
    }

    package var size: Size {
        var window = winsize()
        if mt_window_size(1, &window) == 0, window.ws_row > 0, window.ws_col > 0 {
            return Size(rows: Int(window.ws_row), columns: Int(window.ws_col))
        }
        return Size(rows: Int(mt_lines()), columns: Int(mt_columns()))
    }

    /// Follows a new window size; the next frame is drawn whole.
    package func resized() {
        let size = size
        resizeterm(Int32(size.rows), Int32(size.columns))
        repaint()
    }

    /// Draws the next frame as if nothing were on the screen.
    package func repaint() {
        shown = nil
        clearok(mt_stdscr(), true)
    }

    // MARK: Drawing

    /// Shows a frame: cells that differ from the last one are handed to ncurses, which sends what differs on the screen.
    package func present(_ frame: Frame, theme: Theme) {
        guard isOpen else { return }
        let window = mt_stdscr()
        if self.theme != theme || shown?.size != frame.size {
            self.theme = theme
            shown = nil
            werase(window)
        }
        if shown == frame { return }
        let (rows, columns) = (min(frame.size.rows, Int(mt_lines())), min(frame.size.columns, Int(mt_columns())))
        for row in 0..<rows {
            for column in 0..<columns {
                let cell = frame[row, column]
                if let shown, shown[row, column] == cell { continue }
                if cell.isContinuation { continue }
                put(cell, row, column, window)
            }
        }
        if let cursor = frame.cursor, cursor.row < rows, cursor.column < columns {
            wmove(window, Int32(cursor.row), Int32(cursor.column))
            curs_set(1)
        } else if shown?.cursor != nil || shown == nil {
            curs_set(0)
        }
        shown = frame
        wnoutrefresh(window)
        // Synchronised output: terminals that know it show the frame at once, the others ignore it.
        fputs("\u{1B}[?2026h", output)
        doupdate()
        fputs("\u{1B}[?2026l", output)
        fflush(output)
    }

    private func put(_ cell: Cell, _ row: Int, _ column: Int, _ window: UnsafeMutablePointer<WINDOW>?) {
        let look = (theme ?? .standard).look(of: cell.style, colors: hasColors ? Int(mt_colors()) : 0)
        var attributes = mt_attr_normal
        if look.attributes.contains(.bold) { attributes |= mt_attr_bold }
        if look.attributes.contains(.dim) { attributes |= mt_attr_dim }
        if look.attributes.contains(.underline) { attributes |= mt_attr_underline }
        if look.attributes.contains(.reverse) { attributes |= mt_attr_reverse }
        var text: [wchar_t] = [wchar_t(bitPattern: cell.base), 0, 0]
        if cell.mark != 0 { text[1] = wchar_t(bitPattern: cell.mark) }
        mt_put_cell(window, Int32(row), Int32(column), &text, attributes, hasColors ? pair(look) : 0)
    }

    /// The number of a colour pair, made when it is first needed.
    private func pair(_ look: Theme.Colors) -> Int32 {
        let key = Theme.Colors(look.foreground, on: look.background)
        if key.foreground < 0, key.background < 0 { return 0 }
        if let known = pairs[key] { return known }
        let number = Int32(pairs.count + 1)
        guard number < mt_color_pairs() else { return 0 }
        init_extended_pair(number, Int32(key.foreground), Int32(key.background))
        pairs[key] = number
        return number
    }

    // MARK: Input

    /// Everything that was typed, clicked or pasted since the last call; it came after the moment given.
    package func readEvents(cameAfter: Moment) -> [Event] {
        let window = mt_stdscr()
        var codes: [KeyDecoder.Code] = []
        var code: wint_t = 0
        while codes.count < 65_536 {
            let kind = wget_wch(window, &code)
            if kind == ERR { break }
            if kind == KEY_CODE_YES, code == KEY_RESIZE { continue }
            if kind == KEY_CODE_YES, code == KEY_MOUSE {
                if let event = mouseEvent() { codes.append(.mouse(event)) }
                continue
            }
            codes.append(kind == KEY_CODE_YES ? .function(Int32(bitPattern: code)) : .scalar(code))
        }
        return decoder.decode(codes, at: .now(), cameAfter: cameAfter)
    }

    private func mouseEvent() -> MouseEvent? {
        var event = MEVENT()
        guard getmouse(&event) == OK else { return nil }
        let state = event.bstate
        let kind: MouseEvent.Kind
        if state & mt_wheel_up != 0 {
            kind = .wheelUp
        } else if state & mt_wheel_down != 0 {
            kind = .wheelDown
        } else if state & mt_button1_double != 0 {
            kind = .double
        } else if state & (mt_button1_pressed | mt_button1_clicked) != 0 {
            kind = .press
        } else {
            return nil
        }
        return MouseEvent(kind: kind, row: Int(event.y), column: Int(event.x))
    }

    package func setMouse(_ on: Bool) {
        mouse = on
        let mask = mt_button1_pressed | mt_button1_clicked | mt_button1_double | mt_wheel_up | mt_wheel_down
        mousemask(on ? mask : 0, nil)
        mouseinterval(0)
        writeModes(on ? Self.wideMouseOn : Self.wideMouseOff)
    }

    /// OSC 52: the terminal's clipboard, write only, one line of at most 1,000 characters.
    package func copy(_ text: String) {
        let line = SafeText.line(text, limit: 1000)
        fputs("\u{1B}]52;c;\(Base64.encode(Array(line.utf8)))\u{07}", output)
        fflush(output)
    }

    /// DEC's own terminals print what they do not know; those that know these modes say so by their name.
    private static func knowsModes(_ name: String) -> Bool {
        !["vt", "ansi", "dumb", "linux", "cons", "sun", "wyse"].contains { name.hasPrefix($0) }
    }

    private func writeModes(_ text: String) {
        guard knowsModes else { return }
        fputs(text, output)
        fflush(output)
    }

    // MARK: Leaving

    /// Gives the terminal to somebody else, until `resume`.
    package func suspend() {
        writeModes(Self.modesOff)
        if mouse {
            mousemask(0, nil)
            writeModes(Self.wideMouseOff)
        }
        endwin()
        fflush(output)
        guard stopAction == nil else { return }
        var (standard, before) = (sigaction(), sigaction())
        sigaction(SIGTSTP, &standard, &before)
        stopAction = before
    }

    package func resume() {
        if var action = stopAction {
            sigaction(SIGTSTP, &action, nil)
            stopAction = nil
        }
        wrefresh(mt_stdscr())
        if mouse { setMouse(true) }
        writeModes(Self.modesOn)
        repaint()
    }

    /// Puts the terminal back as it was found. Safe to call twice.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        suspend()
        var settings = saved
        tcsetattr(0, TCSANOW, &settings)
        CrashGuard.disarm()
    }
}
