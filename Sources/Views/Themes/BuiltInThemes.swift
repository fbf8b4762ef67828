// The themes that are always there; the same are in themes/*.yaml as a start for one's own.

extension Theme {
    package static let builtIn: [Theme] = [dark, light, ansi16, colorBlind]
    package static let standard = dark

    static let dark = Theme(
        name: "dark",
        colors: [
            .text: Colors(), .muted: Colors(245), .heading: Colors(110, .bold), .border: Colors(240),
            .focusedBorder: Colors(75, .bold), .title: Colors(255, .bold), .header: Colors(252, on: 236),
            .alert: Colors(231, on: 124, .bold), .selected: Colors(231, on: 24, .bold), .linked: Colors(-1, on: 236),
            .marked: Colors(222), .healthy: Colors(78), .degraded: Colors(221), .failing: Colors(203, .bold),
            .idle: Colors(246), .unknown: Colors(244), .accent: Colors(75), .key: Colors(222, .bold),
            .hint: Colors(248), .input: Colors(231, on: 238), .added: Colors(78), .removed: Colors(203),
            .hunk: Colors(75), .warning: Colors(221), .error: Colors(203, .bold), .notice: Colors(231, on: 29),
            .edge: Colors(245), .chart: Colors(75), .chart2: Colors(213), .configured: Colors(110),
            .observed: Colors(79), .disabled: Colors(242), .production: Colors(215, .bold),
        ])

    static let light = Theme(
        name: "light",
        colors: [
            .text: Colors(), .muted: Colors(242), .heading: Colors(25, .bold), .border: Colors(248),
            .focusedBorder: Colors(26, .bold), .title: Colors(16, .bold), .header: Colors(235, on: 253),
            .alert: Colors(231, on: 160, .bold), .selected: Colors(231, on: 26, .bold), .linked: Colors(-1, on: 254),
            .marked: Colors(130), .healthy: Colors(28), .degraded: Colors(130), .failing: Colors(160, .bold),
            .idle: Colors(243), .unknown: Colors(244), .accent: Colors(26), .key: Colors(90, .bold),
            .hint: Colors(240), .input: Colors(16, on: 252), .added: Colors(28), .removed: Colors(160),
            .hunk: Colors(26), .warning: Colors(130), .error: Colors(160, .bold), .notice: Colors(231, on: 28),
            .edge: Colors(244), .chart: Colors(26), .chart2: Colors(127), .configured: Colors(25),
            .observed: Colors(30), .disabled: Colors(248), .production: Colors(166, .bold),
        ])

    static let ansi16 = Theme(
        name: "ansi16",
        colors: [
            .heading: Colors(6, .bold), .muted: Colors(-1, .dim), .border: Colors(-1, .dim),
            .focusedBorder: Colors(6, .bold), .title: Colors(-1, .bold), .header: Colors(-1, .reverse),
            .alert: Colors(7, on: 1, .bold), .selected: Colors(-1, .reverse), .linked: Colors(-1, .underline),
            .marked: Colors(3), .healthy: Colors(2), .degraded: Colors(3), .failing: Colors(1, .bold),
            .idle: Colors(-1, .dim), .unknown: Colors(-1, .dim), .accent: Colors(6), .key: Colors(3, .bold),
            .input: Colors(-1, .reverse), .added: Colors(2), .removed: Colors(1), .hunk: Colors(6),
            .warning: Colors(3), .error: Colors(1, .bold), .notice: Colors(0, on: 2), .chart: Colors(6),
            .chart2: Colors(5), .configured: Colors(4), .observed: Colors(6), .disabled: Colors(-1, .dim),
            .production: Colors(3, .bold),
        ])

    /// Blue and orange instead of green and red (Okabe and Ito), safe with the common colour deficiencies.
    static let colorBlind: Theme = {
        var colors = dark.colors
        colors[.healthy] = Colors(74)
        colors[.degraded] = Colors(227)
        colors[.failing] = Colors(208, .bold)
        colors[.added] = Colors(74)
        colors[.removed] = Colors(208)
        colors[.error] = Colors(208, .bold)
        colors[.warning] = Colors(227)
        colors[.alert] = Colors(16, on: 208, .bold)
        colors[.notice] = Colors(231, on: 25)
        colors[.chart] = Colors(74)
        colors[.chart2] = Colors(227)
        colors[.configured] = Colors(175)
        colors[.observed] = Colors(74)
        return Theme(name: "color-blind", colors: colors)
    }()
}

extension Theme.Colors {
    init(_ foreground: Int, _ attributes: Attributes) { self.init(foreground, on: -1, attributes) }
}
