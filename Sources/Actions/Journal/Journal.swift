// The record of every change: one JSON line for each thing that happened to it, synced before anyone is told.

package import Base
internal import Kube

package struct Journal: Sendable {
    package var path: String

    /// `$XDG_STATE_HOME/meshtop/journal.jsonl`.
    package static func standard() throws(MeshTopError) -> Journal {
        let folder = try stateFolder()
        return Journal(path: "\(folder)/journal.jsonl")
    }

    package init(path: String) { self.path = path }

    package static func stateFolder() throws(MeshTopError) -> String {
        let base: String
        if let state = environmentVariable("XDG_STATE_HOME"), state.hasPrefix("/") {
            base = state
        } else if let home = environmentVariable("HOME") {
            base = "\(home)/.local/state"
        } else {
            throw MeshTopError(.environment, "no place for the journal", why: "neither XDG_STATE_HOME nor HOME is set")
        }
        let folder = "\(base)/meshtop"
        try Files.makeFolder(folder)
        return folder
    }

    /// Kept free behind a change's first line: what became of it must be written too, on a disk that fills up meanwhile.
    private static let outcomeBytes = 16 << 10

    /// The line that is written before a request is sent.
    package func begin(_ plan: Plan) throws(MeshTopError) {
        let steps = try keep(plan, Array(plan.steps.indices))
        try append(
            [
                "id": .string(plan.id), "time": .string(Timestamp.wall().rfc3339),
                "user": .string(currentUserName()), "host": .string(hostName()),
                "process": .int(Int64(processNumber())), "context": .string(plan.context),
                "server": .string(plan.server), "verb": .string(plan.verb), "title": .string(plan.title),
                "preview": .string(plan.preview.fingerprint), "outcome": "sent",
                "undoes": plan.undoes.map { .string($0) } ?? .null,
                "steps": .array(steps),
            ], reserve: Self.outcomeBytes)
    }

    /// `sent` counts the steps that were carried out, where not all of them were.
    package func note(
        _ id: String, _ outcome: JournalEntry.Outcome, _ detail: String, sent: Int? = nil
    ) throws(MeshTopError) {
        var line: JSONValue = [
            "id": .string(id), "time": .string(Timestamp.wall().rfc3339), "outcome": .string(outcome.rawValue),
            "detail": .string(detail),
        ]
        line["sent"] = sent.map { .int(Int64($0)) }
        try append(line)
    }

    /// The same, and how the steps at some places really ended: their lines, with what an undo goes by, are written
    /// anew. Where there is no room for these the outcome alone is kept.
    func note(
        _ plan: Plan, _ outcome: JournalEntry.Outcome, _ detail: String, _ settled: [Int], sent: Int? = nil
    ) throws(MeshTopError) {
        if !settled.isEmpty {
            do {
                try settle(plan, settled)
            } catch {
                ActivityLog.note(.warning, "verb \(plan.id): what it really made is not in the journal: \(error)")
            }
        }
        try note(plan.id, outcome, detail, sent: sent)
    }

    private func settle(_ plan: Plan, _ places: [Int]) throws(MeshTopError) {
        let steps = try keep(plan, places)
        try append(
            [
                "id": .string(plan.id), "time": .string(Timestamp.wall().rfc3339), "outcome": "sent",
                "settled": .array(zip(places, steps).map { ["place": .int(Int64($0)), "step": $1] }),
            ], reserve: Self.outcomeBytes)
    }

    /// The lines of the steps at some places. What is secret in them is kept first, so that a change is never in the
    /// journal without its way back.
    private func keep(_ plan: Plan, _ places: [Int]) throws(MeshTopError) -> [JSONValue] {
        let steps = places.map { SealedSecrets.parted(StepLine.json(plan.steps[$0])) }
        try sealed.append(plan.id, zip(places, steps).compactMap { place, step in step.sealed.map { (place, $0) } })
        return steps.map(\.open)
    }

    private func append(_ line: JSONValue, reserve: Int = 0) throws(MeshTopError) {
        try LineFile(path: path).append(Array(line.compactText.utf8), reserve: reserve)
    }

    /// Every change, oldest first, and the numbers of lines that cannot be read; those are kept and block nothing.
    package func read() throws(MeshTopError) -> (entries: [JournalEntry], badLines: [Int]) {
        guard let bytes = try LineFile(path: path).read() else { return ([], []) }
        var entries: [String: JournalEntry] = [:]
        var order: [String] = []
        var bad: [Int] = []
        let sealed = try sealed.read()
        for (index, line) in bytes.split(separator: 0x0A).enumerated() {
            // Room that was being made for an outcome.
            if line.allSatisfy({ $0 == 0x20 }) { continue }
            guard let value = try? JSONValue(parsing: Array(line)),  // a torn line is reported below
                let id = value["id"]?.string,
                let outcome = JournalEntry.Outcome(rawValue: value["outcome"]?.string ?? "")
            else {
                bad.append(index + 1)
                continue
            }
            if value["verb"] != nil {
                entries[id] = Self.entry(id, outcome, value, sealed)
                order.append(id)
            } else if entries[id] != nil {
                entries[id]?.outcome = outcome
                entries[id]?.detail = value.text("detail") ?? ""
                if let sent = value["sent"]?.int { entries[id]?.sent = sent }
                for line in value.list("settled") {
                    guard let place = line["place"]?.int, let step = line["step"],
                        entries[id]?.steps.indices.contains(place) == true
                    else { continue }
                    entries[id]?.steps[place] = Self.step(step, sealed["\(id) \(place)"])
                }
            } else {
                bad.append(index + 1)
            }
        }
        return (order.compactMap { entries[$0] }, bad)
    }

    private static func entry(
        _ id: String, _ outcome: JournalEntry.Outcome, _ value: JSONValue, _ sealed: [String: JSONValue]
    ) -> JournalEntry {
        JournalEntry(
            id: id, time: value["time"]?.string.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(seconds: 0),
            user: value.text("user") ?? "", host: value.text("host") ?? "", process: value["process"]?.int,
            context: value.text("context") ?? "", server: value.text("server") ?? "",
            verb: value.text("verb") ?? "", title: value.text("title") ?? "", outcome: outcome, detail: "",
            preview: value.text("preview") ?? "",
            steps: value.list("steps").enumerated().map { place, line in step(line, sealed["\(id) \(place)"]) })
    }

    private static func step(_ line: JSONValue, _ sealed: JSONValue?) -> JournalEntry.Step {
        let whole = SealedSecrets.whole(line, sealed)
        return StepLine.step(whole ?? line, isForgotten: whole == nil)
    }
}

extension JournalEntry {
    package var json: JSONValue {
        [
            "id": .string(id), "time": .string(time.rfc3339), "user": .string(user), "context": .string(context),
            "verb": .string(verb), "title": .string(title), "outcome": .string(outcome.rawValue),
            "detail": .string(detail), "preview": .string(preview), "host": .string(host),
            "server": .string(server),
            "objects": .array(steps.map { .string("\($0.object.kind) \($0.object.namespace)/\($0.object.name)") }),
            // What is in a Secret is for the undo alone.
            "patches": .array(
                steps.map { step in
                    step.object.kind == "Secret"
                        ? .null : ["to": step.write?.json ?? .null, "from": step.inverse?.json ?? .null]
                }),
        ]
    }

    /// One line for a person.
    package var line: String {
        "\(time.rfc3339)  \(id)  \(outcome == .sent ? "sent, outcome unknown" : outcome.rawValue)  \(title)\(detail.isEmpty ? "" : "  (\(detail))")"
    }
}
