// Kinds that the cluster has and that could not be read: nobody takes them for empty.

extension KindStatus {
    /// It is there, or may be, and could not be read.
    package var isUnread: Bool { [.down, .stale, .unauthorized, .forbidden].contains(state) }

    /// "VirtualService not read: conversion webhook failed".
    package var unreadWords: String { "\(kind) \(state == .stale ? "no longer" : "not") read: \(reason)" }

    /// Why nobody can say what all its objects in these namespaces are; nil where all were read.
    package func gap(in namespaces: Set<String>, acceptsOld: Bool = false) -> String? {
        if isUnread, !acceptsOld || state != .stale { return unreadWords }
        if state == .starting { return "\(kind) not read yet" }
        if let namespacesRead, case let rest = namespaces.subtracting(namespacesRead), !rest.isEmpty {
            return "\(kind) not read in \(rest.sorted().joined(separator: ", ")): \(reason)"
        }
        let near = odd.filter { $0.key.namespace.isEmpty || namespaces.contains($0.key.namespace) }
        return near.isEmpty ? nil : "\(kind): \(OddObject.words(near))"
    }
}

extension MeshSnapshot {
    /// Those of these kinds that could not be read; of all that a pane is made of without names.
    package func unread(_ names: [String]? = nil) -> [KindStatus] {
        kinds.filter { kind in
            guard kind.isUnread else { return false }
            if let names { return names.contains(kind.kind) }
            return WatchedKind.allCases.contains { $0.kind == kind.kind && $0.group == kind.group && !$0.isSupporting }
        }
    }

    /// What a refusal adds: "; VirtualService not read: …". Empty where all of these kinds were.
    package func gap(_ names: [String]) -> String {
        unread(names).map { "; \($0.unreadWords)" }.joined()
    }

    /// The same of some namespaces, with the objects there that were not understood.
    package func gap(_ names: [String], in namespaces: Set<String>) -> String {
        kinds.filter { names.contains($0.kind) }.compactMap { $0.gap(in: namespaces) }.map { "; \($0)" }.joined()
    }

    package static let routeKinds = ["VirtualService", "HTTPRoute", "GRPCRoute"]
    package static let workloadKinds = ["Deployment", "StatefulSet", "DaemonSet"]
    /// Whose templates stand for pods that were not read.
    package static let templateKinds = MeshWorld.templates.map(\.kind)
}
