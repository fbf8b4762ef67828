import Base
import Kube
import Testing

@testable import Actions

/// The patch between two states of an object: it makes the one of the other, and touches nothing else.
@Suite struct ObjectChangeTests {
    private static let object: JSONValue = [
        "metadata": ["name": "a", "labels": ["x/y": "1", "t~z": "2"]],
        "spec": [
            "future": ["kept": true],
            "http": [
                ["name": "one", "route": [["destination": ["host": "a"], "weight": 90]], "later": 1],
                ["route": [["destination": ["host": "b"]]], "timeout": "5s"],
            ],
        ],
    ]

    private static func changed(_ change: (inout JSONValue) -> Void) -> JSONValue {
        var object = object
        change(&object)
        return object
    }

    static let cases: [JSONValue] = [
        object,
        changed { $0.set(["metadata", "labels", "x/y"], to: "3") },
        changed { $0.set(["metadata", "labels", "t~z"], to: nil) },
        changed { $0.set(["spec", "new", "deep"], to: ["a": [1, 2]]) },
        changed {
            $0.set(
                ["spec", "http"], to: .array([["match": [["uri": ["exact": "/"]]]]] + $0.at("spec", "http")!.array!))
        },
        changed { $0.set(["spec", "http"], to: .array($0.at("spec", "http")!.array!.dropLast())) },
        changed { $0.set(["spec", "http"], to: []) },
        changed { $0.set(["spec", "http"], to: "no list any more") },
        changed {
            var rules = $0.at("spec", "http")!.array!
            rules[1]["timeout"] = nil
            rules[1]["fault"] = ["delay": ["fixedDelay": "1s"]]
            rules[0]["retries"] = ["attempts": 1]
            $0.set(["spec", "http"], to: .array(rules))
        },
    ]

    @Test(arguments: cases) func aPatchLeadsThereAndBack(_ after: JSONValue) throws {
        for guarded in [true, false] {
            let forward = ObjectChange.operations(from: Self.object, to: after, guarded: guarded)
            #expect(try Patching.json(forward, to: Self.object) == after)
            let back = ObjectChange.operations(from: after, to: Self.object, guarded: guarded)
            #expect(try Patching.json(back, to: after) == Self.object)
        }
    }

    /// What somebody adds between a change and its undo stays.
    @Test(arguments: cases.dropLast(3)) func whatOthersAddedMeanwhileStays(_ after: JSONValue) throws {
        let back = ObjectChange.operations(from: after, to: Self.object, guarded: false)
        var meanwhile = after
        meanwhile.set(["spec", "theirs"], to: "mine")
        let undone = try Patching.json(back, to: meanwhile)
        #expect(undone.at("spec", "theirs") == "mine")
        #expect(undone.at("spec", "future", "kept") == true)
    }

    @Test func aGuardedPatchRefusesAnotherRule() throws {
        let after = Self.cases.last!
        var other = Self.object
        other.set(["spec", "http"], to: .array(Self.object.at("spec", "http")!.array!.reversed()))
        let patch = ObjectChange.operations(from: Self.object, to: after, guarded: true)
        #expect(throws: Patching.PatchError.self) { try Patching.json(patch, to: other) }
    }

    static let patches = [
        #"{"spec":{"future":{"kept":false,"more":1},"http":[],"made":{"a":1}}}"#, #"{"spec":{"future":null}}"#,
        #"{"metadata":{"labels":{"x/y":null,"new":"v"}}}"#, #"{"spec":{"future":3}}"#,
    ]

    @Test(arguments: patches) func aMergePatchIsTakenBackByAnother(_ text: String) throws {
        let patch = try JSONValue(parsing: Array(text.utf8))
        let merged = Patching.merge(patch, into: Self.object)
        let back = ObjectChange.inverse(ofMerge: patch, on: Self.object)
        #expect(Patching.merge(back, into: merged) == Self.object)
    }
}
