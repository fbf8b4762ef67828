// The one function that turns the model into a picture.

/// The screen at this size; every size down to 1×1 gives a picture, smaller ones an empty frame.
package func render(_ model: Model, size: Size) -> Frame {
    var model = model
    model.size = size
    var frame = Frame(size: size, ascii: model.options.ascii)
    guard size.rows > 0, size.columns > 0 else { return frame }
    let layout = ScreenLayout(model)
    for place in layout.places { PaneRenderer.draw(&frame, place, model) }
    if let row = layout.header { Header.draw(&frame, row: row, model) }
    if let row = layout.alerts { Header.drawAlerts(&frame, row: row, model) }
    if let row = layout.tabs { Tabs.draw(&frame, row: row, model) }
    if let row = layout.footer { Footer.draw(&frame, row: row, model) }
    Toasts.draw(&frame, layout, model)
    drawWindow(&frame, model)
    // A window over the whole screen would hide why a key did nothing.
    if model.window?.hidesNotices == true { Toasts.draw(&frame, layout, model) }
    if model.input != nil { Footer.drawInput(&frame, row: size.rows - 1, model) }
    return frame
}

/// The window on top; what lies under it waits.
private func drawWindow(_ frame: inout Frame, _ model: Model) {
    guard let window = model.window else { return }
    guard window.needsRoom, !model.hasRoom else { return window.draw(&frame, model) }
    let area = Area(row: frame.size.rows / 2, column: 0, rows: 1, columns: frame.size.columns)
    frame.fill(area)
    frame.put("too small: 40×10 or esc".fitted(area.columns), row: area.row, column: 0, style: Style(.warning))
}
