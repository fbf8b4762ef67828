// Asks the API server for every right of the table.

package import Kube

/// What this user has of one right, for one verb on one resource.
package enum RightStanding: Sendable, Hashable {
    case allowed
    /// Not in the whole cluster, but in every namespace that is looked at.
    case allowedIn([String])
    /// With the server's reason; where it is allowed in some of the namespaces, those.
    case missing(String, allowedIn: [String])
    /// The server did not say, and why.
    case unknown(String)
}

package struct RightsInquiry: Sendable {
    private let keeper: RightsKeeper
    /// Those that are looked at, or the one where changes go.
    private let namespaces: [String]
    private static let atOnce = 8

    package init(_ client: KubeClient, namespaces: [String]) {
        keeper = RightsKeeper(client)
        self.namespaces = namespaces
    }

    /// The standing of each permission of each right, in the order of `RequiredRight.permissions`.
    package func standings(_ rights: [RequiredRight]) async -> [[RightStanding]] {
        let questions = rights.indices.flatMap { right in
            rights[right].permissions.enumerated().map { (right: right, place: $0.offset, permission: $0.element) }
        }
        return await withTaskGroup(of: (Int, Int, RightStanding).self) { group in
            var answers = rights.map { [RightStanding](repeating: .unknown("not asked"), count: $0.permissions.count) }
            var waiting = ArraySlice(questions)
            func askNext() {
                guard let question = waiting.popFirst() else { return }
                group.addTask {
                    let scope = rights[question.right].scope
                    return (question.right, question.place, await standing(question.permission, scope))
                }
            }
            for _ in 0..<Self.atOnce { askNext() }
            for await (right, place, standing) in group {
                answers[right][place] = standing
                askNext()
            }
            return answers
        }
    }

    func standing(_ permission: Permission, _ scope: RequiredRight.Scope) async -> RightStanding {
        switch scope {
        case .cluster: Self.standing(await keeper.answer(permission, namespace: nil))
        case .namespaces: await inNamespaces(permission)
        case .oneOf(let objects): await one(of: objects, permission)
        }
    }

    private func inNamespaces(_ permission: Permission) async -> RightStanding {
        let whole = await keeper.answer(permission, namespace: nil)
        guard case .no(let why) = whole else { return Self.standing(whole) }
        var allowed: [String] = []
        for namespace in namespaces {
            switch await keeper.rights(namespace).answer(permission) {
            case .yes: allowed.append(namespace)
            case .no: continue
            case .unknown(let why): return .unknown(why)
            }
        }
        return allowed == namespaces && !allowed.isEmpty ? .allowedIn(allowed) : .missing(why, allowedIn: allowed)
    }

    private func one(of objects: [ObjectKey], _ permission: Permission) async -> RightStanding {
        var refusal: RightStanding?
        for object in objects {
            var permission = permission
            permission.name = object.name
            let standing = Self.standing(await keeper.answer(permission, namespace: object.namespace))
            if standing == .allowed { return .allowed }
            // One that is not known may be the one that is allowed.
            if case .unknown = refusal { continue }
            refusal = standing
        }
        return refusal ?? .unknown("nothing was asked")
    }

    private static func standing(_ answer: RightsAnswer) -> RightStanding {
        switch answer {
        case .yes: .allowed
        case .no(let why): .missing(why, allowedIn: [])
        case .unknown(let why): .unknown(why)
        }
    }
}
