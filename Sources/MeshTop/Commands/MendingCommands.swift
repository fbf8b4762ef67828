// What a finding offers as a ready patch, from the command line.

internal import Actions
import ArgumentParser
internal import Base
internal import ClusterData
internal import Kube
internal import MeshModel

struct FixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fix", abstract: "Mend what a finding names, where that is mechanical.",
        discussion: "'meshtop analyze' lists the findings; those with a line 'fix:' can be mended so.")
    @Argument(help: "KIND/NAME of the object, e.g. destinationrule/orders.") var object: ObjectArgument
    @Option(help: ArgumentHelp("The finding's code, where several can be mended.", valueName: "code")) var code: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (object, code) = (object, code)
        try HeadlessChange.run(global, change) { session, snapshot, place in
            var target = try object.reference(place)
            if let info = await session.kind(of: object.word) {
                target.kind = info.kind
                if !info.isNamespaced { target.namespace = "" }
            }
            return .fix(target, try Self.fix(target, code, snapshot))
        }
    }

    /// The one mending that is meant; of several with one code the first, as each may move what the next one names.
    static func fix(
        _ target: ObjectReference, _ code: String?, _ snapshot: MeshSnapshot
    ) throws(MeshTopError) -> Finding.Fix {
        let name = "\(target.kind) \(target.namespace.isEmpty ? "" : "\(target.namespace)/")\(target.name)"
        func isMeant(_ found: FindingObject) -> Bool {
            found.kind == target.kind && found.namespace == target.namespace && found.name == target.name
        }
        let own = snapshot.findings.filter { isMeant($0.object) }
        let mendable = own.filter { $0.mending != nil && (code == nil || $0.code == code) }
        let codes = Array(Set(mendable.map(\.code))).sorted()
        guard let mending = mendable.first?.mending else {
            let known = Array(Set(own.map(\.code))).sorted().joined(separator: ", ")
            // What was not read, or not judged, is not found to be well.
            let unjudged = snapshot.notJudged.filter { isMeant($0.object) && (code == nil || $0.code == code) }
            let gap =
                snapshot.gap([target.kind], in: [target.namespace]) + unjudged.lines.map { "; \($0)" }.joined()
            throw MeshTopError(
                .notFound, name,
                why:
                    "nothing\(code.map { " of \($0)" } ?? "") is found that can be mended mechanically\(gap)",
                advice: own.isEmpty ? "'meshtop analyze' lists what is found" : "mend by hand what is found: \(known)")
        }
        guard codes.count == 1 else {
            throw MeshTopError(
                .usage, name, why: "several findings can be mended: \(codes.joined(separator: ", "))",
                advice: "choose one with --code")
        }
        return mending
    }
}
