// Kinds that the cluster has and that could not be read: nobody takes them for empty.

internal import Base
internal import Kube

extension KindStatus {
    /// It is there, or may be, and could not be read.
    package var isUnread: Bool { [.down, .stale, .unauthorized, .forbidden].contains(state) }

    package var watched: WatchedKind? { WatchedKind.all.first { $0.kind == kind && $0.group == group } }

    /// "VirtualService not read: conversion webhook failed", or "Pod read in namespace shop only: …" of a part.
    package var unreadWords: String { "\(kind) \(unreadReason)" }
    package var unreadReason: String {
        isUnread ? "\(state == .stale ? "no longer" : "not") read: \(reason)" : "read in \(reason)"
    }

    /// Why nobody can say what all its objects in these namespaces are; nil where all were read.
    package func gap(in namespaces: Set<String>, acceptsOld: Bool = false) -> String? {
        gapReason(in: namespaces, acceptsOld: acceptsOld).map { "\(kind)\($0)" }
    }

    /// The same without the kind, which goes before it.
    fileprivate func gapReason(in namespaces: Set<String>, acceptsOld: Bool = false) -> String? {
        if isUnread, !acceptsOld || state != .stale { return " \(unreadReason)" }
        if state == .starting { return " not read yet" }
        if let namespacesRead, case let rest = namespaces.subtracting(namespacesRead), !rest.isEmpty {
            return " not read in \(rest.sorted().joined(separator: ", ")): \(reason)"
        }
        let near = odd.filter { $0.key.namespace.isEmpty || namespaces.contains($0.key.namespace) }
        return near.isEmpty ? nil : ": \(OddObject.words(near))"
    }
}

extension Sequence where Element == KindStatus {
    /// A line for each reason: one refusal may be that of many kinds.
    package var unreadLines: [String] {
        map(\.unreadReason).uniqued().map { why in
            "\(filter { $0.unreadReason == why }.map(\.kind).joined(separator: ", ")) \(why)"
        }
    }
}

extension MeshSnapshot {
    /// Those of these kinds that could not be read; of all kinds without names, since each is in a pane or in findings.
    package func unread(_ names: [String]? = nil) -> [KindStatus] {
        kinds.filter { kind in (kind.isUnread || isPart(kind)) && names?.contains(kind.kind) ?? true }
    }

    /// Whether one looks at namespaces in which it may not be read.
    private func isPart(_ kind: KindStatus) -> Bool {
        guard case .some(let names) = scope, let read = kind.namespacesRead else { return false }
        return kind.state == .ok && !read.isSuperset(of: names)
    }

    /// What a refusal adds: "; VirtualService not read: …". Empty where all of these kinds were.
    package func gap(_ names: [String]) -> String {
        unread(names).map { "; \($0.unreadWords)" }.joined()
    }

    /// The same of some namespaces, with the objects there that were not understood; a reason that is that of several
    /// kinds is said once.
    package func gap(_ names: [String], in namespaces: Set<String>) -> String {
        let found = kinds.filter { names.contains($0.kind) }.compactMap { kind in
            kind.gapReason(in: namespaces).map { (kind: kind.kind, why: $0) }
        }
        return found.map(\.why).uniqued().map { why in
            "; \(found.filter { $0.why == why }.map(\.kind).joined(separator: ", "))\(why)"
        }.joined()
    }

    package static let routeKinds = ["VirtualService", "HTTPRoute", "GRPCRoute"]
    package static let workloadKinds = ["Deployment", "StatefulSet", "DaemonSet"]
    /// Whose templates stand for pods that were not read.
    package static let templateKinds = WatchedKind.templates.map(\.kind)
}
