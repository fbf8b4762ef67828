// What an operator asks for, before anything was read or computed; the same value from a key and from the command line.

/// One kind of change: what was asked, and how it is planned. Each stands beside its planner.
protocol ChangeRequest: Sendable, Hashable {
    /// The request with the objects that a person named as `resolve` makes them of their words.
    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self
    /// Those that a person named: it is waited for what they are.
    var objects: [ObjectReference] { get }
    /// What it comes to, before the server has been asked to try it.
    func draft(_ world: PlanWorld) async throws -> Draft
    /// The same request once more, mended, where something of it can be.
    func mend(_ draft: Draft) -> ChangePreview.Mend?
    /// It drives itself, in steps, and is not sent as one change.
    var isGuarded: Bool { get }
}

extension ChangeRequest {
    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self { self }

    var objects: [ObjectReference] {
        var found: [ObjectReference] = []
        _ = try? resolving {
            found.append($0)
            return $0
        }
        return found
    }

    func mend(_ draft: Draft) -> ChangePreview.Mend? { nil }
    var isGuarded: Bool { false }
}

/// A request for a change, of whatever kind. `ChangeRunner` turns it into a plan.
package struct PlanRequest: Sendable, Hashable {
    let change: any ChangeRequest

    init(_ change: any ChangeRequest) { self.change = change }

    /// A guarded shift, which drives itself.
    package var isGuarded: Bool { change.isGuarded }

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> PlanRequest {
        PlanRequest(try change.resolving(resolve))
    }

    var objects: [ObjectReference] { change.objects }

    func draft(_ world: PlanWorld) async throws -> Draft { try await change.draft(world) }

    package static func == (left: PlanRequest, right: PlanRequest) -> Bool {
        AnyHashable(left.change) == AnyHashable(right.change)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(change)) }
}
