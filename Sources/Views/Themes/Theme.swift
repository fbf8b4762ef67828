// Colours for every role, from our own tables or from a document, checked before they are used.

package import Base

package struct Theme: Sendable, Equatable {
    /// -1 is the terminal's own colour; 0…15 the ANSI colours; 16…255 the cube and the greys.
    package struct Colors: Sendable, Equatable, Hashable {
        package var foreground: Int
        package var background: Int
        package var attributes: Attributes

        package init(_ foreground: Int = -1, on background: Int = -1, _ attributes: Attributes = []) {
            self.foreground = foreground
            self.background = background
            self.attributes = attributes
        }
    }

    package var name: String
    package private(set) var colors: [Role: Colors]

    init(name: String, colors: [Role: Colors]) {
        self.name = name
        self.colors = colors
    }

    package func colors(of role: Role) -> Colors { colors[role] ?? Colors() }

    /// `{base: dark, roles: {healthy: green, selected: "black on cyan bold"}}`; `base` and `roles` may be left out.
    package init(name: String, document: JSONValue) throws(MeshTopError) {
        guard case .object(let members) = document else {
            throw Theme.error(name, "it is not a mapping of roles to colours")
        }
        var start = Theme.standard
        if let base = members["base"] {
            guard let wanted = base.string, let found = Theme.builtIn.first(where: { $0.name == wanted }) else {
                throw Theme.error(name, "base must be one of \(Theme.builtIn.map(\.name).joined(separator: ", "))")
            }
            start = found
        }
        var roles = members
        if let nested = members["roles"] {
            guard case .object(let inner) = nested else { throw Theme.error(name, "roles is not a mapping") }
            for key in members.keys where !["base", "roles", "name"].contains(key) {
                throw Theme.error(name, "unknown key \(key); known are base, name, roles")
            }
            roles = inner
        }
        var colors = start.colors
        for (key, value) in roles.members where !(key == "base" || key == "name") {
            guard let role = Role(rawValue: key) else {
                throw Theme.error(
                    name, "unknown role \(key); known are \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            guard let text = value.string ?? value.int.map(String.init) else {
                throw Theme.error(name, "role \(key) needs a text such as \"black on cyan bold\"")
            }
            colors[role] = try Theme.parse(text, role: key, theme: name)
        }
        self.name = name
        self.colors = colors
    }

    private static func error(_ name: String, _ why: String) -> MeshTopError {
        MeshTopError(.usage, "theme \(name)", why: why)
    }

    private static func parse(_ text: String, role: String, theme: String) throws(MeshTopError) -> Colors {
        var colors = Colors()
        var background = false
        for word in text.split(separator: " ") {
            switch word {
            case "on": background = true
            case "bold": colors.attributes.insert(.bold)
            case "dim": colors.attributes.insert(.dim)
            case "reverse": colors.attributes.insert(.reverse)
            case "underline": colors.attributes.insert(.underline)
            default:
                guard let color = number(of: String(word)) else {
                    throw error(
                        theme,
                        "unknown colour \(word) for \(role); known are \(names.joined(separator: ", ")), 0…255, #rrggbb, and on, bold, dim, reverse, underline"
                    )
                }
                if background { colors.background = color } else { colors.foreground = color }
            }
        }
        return colors
    }

    static let names = [
        "default", "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "bright-black", "bright-red",
        "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan", "bright-white",
    ]

    private static func number(of word: String) -> Int? {
        if let index = names.firstIndex(of: word) { return index - 1 }
        if let value = Int(word), (0...255).contains(value) { return value }
        guard word.utf8.count == 7, word.hasPrefix("#"), let value = Int(word.dropFirst(), radix: 16) else {
            return nil
        }
        return nearest(red: value >> 16 & 255, green: value >> 8 & 255, blue: value & 255)
    }

    /// One of the 240 fixed colours of a 256-colour terminal.
    private static func parts(of index: Int) -> (red: Int, green: Int, blue: Int) {
        let steps = [0, 95, 135, 175, 215, 255]
        guard index < 232 else {
            let grey = 8 + (index - 232) * 10
            return (grey, grey, grey)
        }
        return (steps[(index - 16) / 36], steps[(index - 16) / 6 % 6], steps[(index - 16) % 6])
    }

    /// The nearest of them.
    private static func nearest(red: Int, green: Int, blue: Int) -> Int {
        var best = 16
        var distance = Int.max
        for index in 16..<256 {
            let (r, g, b) = parts(of: index)
            let far = (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue)
            if far < distance { (best, distance) = (index, far) }
        }
        return best
    }
}

extension Theme {
    /// How a cell of this style looks on a terminal with so many colours. Colours that the terminal lacks are folded
    /// down; without any, a background is what reverse stands for. With 24-bit colours those from 8 on are 0xRRGGBB, as
    /// such terminals take them.
    package func look(of style: Style, colors count: Int) -> Colors {
        var look = colors(of: style.role)
        look.attributes.formUnion(style.attributes)
        if count == 0 {
            if look.background >= 0 { look.attributes.insert(.reverse) }
            (look.foreground, look.background) = (-1, -1)
        } else {
            look.foreground = Theme.fold(look.foreground, count)
            look.background = Theme.fold(look.background, count)
        }
        return look
    }

    private static func fold(_ color: Int, _ count: Int) -> Int {
        if count > 256, color >= 8 { return direct(color) }
        if color < count { return color }
        let ansi = Theme.ansi(color)
        return ansi < count ? ansi : ansi % 8
    }

    /// As xterm's palette has it.
    private static func direct(_ color: Int) -> Int {
        let bright = [0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF]
        if color < 16 { return bright[color - 8] }
        let (red, green, blue) = parts(of: color)
        return red << 16 | green << 8 | blue
    }

    /// The nearest of the 16 ANSI colours: for terminals with fewer than 256.
    static func ansi(_ color: Int) -> Int {
        guard color >= 16 else { return color }
        if color >= 232 { return color < 239 ? 8 : color < 246 ? 7 : 15 }
        let index = color - 16
        let (red, green, blue) = (index / 36, index / 6 % 6, index % 6)
        let bright = max(red, green, blue) >= 4 ? 8 : 0
        let most = max(red, green, blue)
        guard most > 0 else { return 0 }
        let base = (red * 2 > most ? 1 : 0) + (green * 2 > most ? 2 : 0) + (blue * 2 > most ? 4 : 0)
        return base + bright
    }
}
