// What of the mesh is on the screen now.

internal import Base
package import MeshModel

extension Model {
    /// The services that are on the screen, the selected one first.
    package var interest: [ServiceID] {
        var services = [service].compactMap { $0 }
        for place in ScreenLayout(self).places {
            let state = self[place.pane]
            let end = min(state.rows.count, state.top + PaneRenderer.visibleRows(place, self))
            guard state.top < end else { continue }
            services += state.rows[state.top..<end].compactMap(\.service)
        }
        return services.uniqued()
    }
}
