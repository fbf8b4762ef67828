// The windows that a key or a command of their own opens.

enum Windows {
    static let all: [any Window.Type] = [RolloutsWindow.self, LogWindow.self]
}
