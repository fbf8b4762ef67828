// Kinds that the cluster has and that could not be read: nobody takes them for empty.

extension KindStatus {
    /// It is there, or may be, and could not be read.
    package var isUnread: Bool { [.down, .stale, .unauthorized, .forbidden].contains(state) }

    /// "VirtualService not read: conversion webhook failed".
    package var unreadWords: String { "\(kind) \(unreadReason)" }

    /// "not read: conversion webhook failed", which may be so of several kinds.
    package var unreadReason: String { "\(state == .stale ? "no longer" : "not") read: \(detail)" }
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

    package static let routeKinds = ["VirtualService", "HTTPRoute", "GRPCRoute"]
    package static let workloadKinds = ["Deployment", "StatefulSet", "DaemonSet"]
}
