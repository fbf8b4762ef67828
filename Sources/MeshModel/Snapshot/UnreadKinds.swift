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
            let waiting = rest.intersection(namespacesAwaited).sorted()
            let groups = Dictionary(grouping: rest.subtracting(waiting).sorted(), by: whyUnread)
            let words = groups.sorted { $0.value[0] < $1.value[0] }.map {
                "not read in \($0.value.joined(separator: ", ")): \($0.key)"
            }
            let yet = waiting.isEmpty ? [] : ["not read yet in \(waiting.joined(separator: ", "))"]
            return " " + (words + yet).joined(separator: "; ")
        }
        let near = odd.filter { $0.key.namespace.isEmpty || namespaces.contains($0.key.namespace) }
        return near.isEmpty ? nil : ": \(OddObject.words(near))"
    }

    /// Why a namespace is not read where others are.
    private func whyUnread(_ namespace: String) -> String {
        namespacesRefused[namespace] ?? (othersReason.isEmpty ? reason : othersReason)
    }

    /// What is missing for a judgement of all its objects in a namespace, or anywhere, where something is.
    package func readGap(in namespace: String?) -> ReadGap {
        var gap = ReadGap(kind: kind, namespace: "", reason: reason)
        if isUnread { return gap }
        if state == .starting { gap.reason = "not read yet" }
        guard state == .ok || state == .slow else { return gap }
        if let namespacesRead, !(namespace.map(namespacesRead.contains) ?? false) {
            gap.namespace = namespace ?? "*"
            gap.reason =
                namespace.map { namespacesAwaited.contains($0) ? "not read yet" : whyUnread($0) }
                ?? (othersReason.isEmpty ? reason : othersReason)
        } else {
            let near = odd.filter { namespace == nil || $0.key.namespace.isEmpty || $0.key.namespace == namespace }
            (gap.namespace, gap.reason, gap.isOdd) = (namespace ?? "*", OddObject.words(near), true)
        }
        return gap
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

    /// Several kinds that are read in a part of the namespaces that one looks at, in one line that begins with what is
    /// missing.
    package func partWords(_ parts: [KindStatus]) -> String {
        guard let first = parts.first, case .some(let names) = scope else { return "" }
        let others = parts.map(\.kind).uniqued().count - 1
        let kinds = others > 0 ? "\(first.kind) and \(others) more kind\(others == 1 ? "" : "s")" : first.kind
        return kinds + (first.gap(in: Set(names)).map { String($0.dropFirst(first.kind.count)) } ?? "")
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
