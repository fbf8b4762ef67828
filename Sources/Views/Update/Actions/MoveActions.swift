// Moving the cursor.

extension ViewAction {
    static let moving: [ViewAction] = [
        .local(ActionID("down"), ["j", "down"], "down", .move) { $0.move(1) },
        .local(ActionID("up"), ["k", "up"], "up", .move) { $0.move(-1) },
        .local(ActionID("left"), ["h", "left"], "left", .move) { $0.moveSideways(-1) },
        .local(ActionID("right"), ["l", "right"], "right", .move) { $0.moveSideways(1) },
        .local(ActionID("top"), ["g", "home"], "first", .move) { $0.moveToEnd(last: false) },
        .local(ActionID("bottom"), ["G", "end"], "last", .move) { $0.moveToEnd(last: true) },
        .local(ActionID("half-down"), ["ctrl-d"], "half a page down", .move) { $0.move(max(1, $0.page / 2)) },
        .local(ActionID("half-up"), ["ctrl-u"], "half a page up", .move) { $0.move(-max(1, $0.page / 2)) },
        .local(ActionID("page-down"), ["pgdn", "ctrl-f", "space"], "a page down", .move) { $0.move($0.page) },
        .local(ActionID("page-up"), ["pgup", "ctrl-b"], "a page up", .move) { $0.move(-$0.page) },
    ]
}
