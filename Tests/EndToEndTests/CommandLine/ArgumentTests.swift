import Actions
import ArgumentParser
import Base
import Kube
import Testing

@testable import MeshTop

/// What arguments come to, without running anything.
@Suite struct ArgumentTests {
    private func parse<Command: ParsableCommand>(_ words: String, as _: Command.Type = Command.self) throws -> Command {
        let command = try MeshTopCommand.parseAsRoot(words.split(separator: " ").map(String.init))
        return try #require(command as? Command, "\(words) is a \(type(of: command))")
    }

    @Test func withoutACommandItIsTheDashboard() throws {
        let command: MeshTopCommand = try parse("--wall --theme light -n shop -n billing")
        #expect(command.wall && command.global.theme == "light" && command.global.namespace == ["shop", "billing"])
        let plain: MeshTopCommand = try parse("")
        #expect(!plain.wall && plain.global.namespace.isEmpty && plain.global.logLevel == .info)
    }

    @Test func optionsMayStandBeforeAndAfterACommand() throws {
        let command: SnapshotCommand = try parse("snapshot -o json --pane breakers --wait 5 --context prod -A")
        #expect(command.output == .json && command.pane == "breakers" && command.wait == 5)
        #expect(command.global.context == "prod" && command.global.allNamespaces)
    }

    @Test func aShiftHasAHostAndWeights() throws {
        let command: ShiftCommand = try parse("shift reviews v1=50 v2=50 --route 2 --yes")
        #expect(command.host == "reviews" && command.weights == ["v1=50", "v2=50"] && command.route == 2)
        #expect(command.change.yes && !command.guarded.guarded)
        let weights = try ShiftCommand.parse(command.weights)
        #expect(weights.map(\.name) == ["v1", "v2"] && weights.map(\.weight) == [50, 50])
        let resumed: ShiftCommand = try parse("shift --resume")
        #expect(resumed.guarded.resume && resumed.host == nil)
    }

    @Test func aVerbHasItsObject() throws {
        let hpa: VerbCommand<AutoscalerVerb> = try parse("hpa deployment/ads-v1 --max 5 --cpu 60 -n shop --yes")
        #expect(hpa.object.wrappedValue.word.type == "deployment" && hpa.object.wrappedValue.word.name == "ads-v1")
        #expect(hpa.values == ["max": "5", "cpu": "60"])
        #expect(hpa.change.wrappedValue.yes && hpa.global.wrappedValue.namespace == ["shop"])
        let scale: VerbCommand<ScaleVerb> = try parse("scale deployment/ads-v1 --replicas 3 --move-hpa")
        #expect(scale.values == ["replicas": "3", "move-hpa": "on"])
        let rollback: VerbCommand<RollbackVerb> = try parse("rollback statefulset/db --revision 3")
        #expect(rollback.values == ["revision": "3"] && rollback.object.wrappedValue.word.name == "db")
        let apply: ApplyCommand = try parse("apply -f a.yaml -f b --server-side -R")
        #expect(apply.file == ["a.yaml", "b"] && apply.serverSide && apply.recursive && !apply.forceConflicts)
    }

    @Test(arguments: [
        ("shift", "name the host"), ("--refresh 0", "--refresh takes 1 to 3600 seconds"),
        ("--request-timeout 0", "--request-timeout takes"), ("--demo=nosuch", "no such scene"),
        ("snapshot --pane nosuch", "no such pane"), ("snapshot -o xml", "xml"), ("snapshot --wait -1", "--wait"),
        ("apply", "--filename"), ("apply -f a --force-conflicts", "goes with --server-side"), ("nosuch", "nosuch"),
        ("scale deploy/a --replicas many", "--replicas"), ("scale deploy/a", "--replicas"), ("evict", "target"),
        ("restart ads-v1", "ads-v1"),
    ]) func whatIsWrongIsNamed(_ words: String, _ part: String) {
        let error = #expect(throws: (any Error).self) {
            try MeshTopCommand.parseAsRoot(words.split(separator: " ").map(String.init))
        }
        let message = error.map { MeshTopCommand.fullMessage(for: $0) } ?? ""
        #expect(message.contains(part), "\(words): \(message)")
    }

    @Test func weightsThatAreNoneAreRefused() {
        for words in [[], ["v2"], ["=5"], ["v2=-1"], ["v2=101"], ["v2=1", "v2=2"], ["v2=x"]] {
            #expect(throws: MeshTopError.self, "\(words)") { try ShiftCommand.parse(words) }
        }
    }

    // MARK: Before the parser

    @Test func demoAloneIsItsFirstScene() {
        #expect(withDemoScene(["--demo", "--wall"]) == ["--demo=storefront", "--wall"])
        #expect(withDemoScene(["--demo", "outage"]) == ["--demo", "outage"])
        #expect(withDemoScene(["--demo=canary"]) == ["--demo=canary"])
    }

    @Test func anArrowIsNoOption() {
        #expect(withoutArrows(["can", "a", "->", "b"]) == ["can", "a", "b"])
        #expect(withoutArrows(["shift", "->"]) == ["shift", "->"])
    }

    @Test(arguments: [
        "snapshot -o json --output text", "restart deploy/a --context a --context=b", "undo --confirm a --confirm b",
    ]) func oneOptionHasOneValue(_ words: String) {
        #expect(throws: MeshTopError.self) { try RepeatedOptions.check(words.split(separator: " ").map(String.init)) }
    }

    @Test(arguments: [
        "snapshot -n a -n b", "snapshot --namespace a -n b", "apply -f a --filename b", "snapshot -o json -o json",
        "snapshot -o json --output json", "shift a v1=1 -- --context a --context b",
        "restart deploy/a --yes --no-metrics",
    ]) func whatMayBeRepeatedMay(_ words: String) throws {
        try RepeatedOptions.check(words.split(separator: " ").map(String.init))
    }

    /// The short names that the check knows are those that the parser has.
    @Test func theShortNamesAreTheParsers() throws {
        let root = try #require(try JSONValue(parsing: Array(MeshTopCommand._dumpHelp().utf8))["command"])
        var found: [String: String] = [:]
        for command in [root] + root.list("subcommands") {
            for option in command.list("arguments") where option["kind"] == "option" && option["isRepeating"] != true {
                let names = option.list("names")
                guard let short = names.first(where: { $0["kind"] == "short" })?.text("name"),
                    let long = names.first(where: { $0["kind"] == "long" })?.text("name")
                else { continue }
                found["-\(short)"] = "--\(long)"
            }
        }
        #expect(found == RepeatedOptions.longNames)
    }
}
