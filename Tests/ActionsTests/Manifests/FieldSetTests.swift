import Base
import Testing

@testable import Actions

/// Sets of fields as a server writes them.
struct FieldSetTests {
    private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    @Test func aUnionKeepsWhatIsInASetItself() throws {
        #expect(FieldSet.union(try json("{}"), try json(#"{"f:a":{}}"#)) == (try json(#"{"f:a":{},".":{}}"#)))
        #expect(
            FieldSet.union(try json(#"{"f:a":{"f:b":{}}}"#), try json(#"{"f:a":{"f:c":{}},"f:d":{}}"#))
                == (try json(#"{"f:a":{"f:b":{},"f:c":{}},"f:d":{}}"#)))
        #expect(FieldSet.union(try json("{}"), try json("{}")) == (try json("{}")))
    }

    private static let containers = #"{"c":[{"name":"a","image":"x","tty":true},{"name":"b","image":"y"}],"d":1}"#

    @Test(arguments: [
        // A container that somebody changed a field of goes with the apply that made it.
        (
            #"{"f:c":{"k:{\"name\":\"b\"}":{".":{},"f:name":{},"f:image":{}}}}"#,
            #"{"f:c":{"k:{\"name\":\"b\"}":{"f:image":{}}}}"#, #"{"c":[{"name":"a","image":"x","tty":true}],"d":1}"#
        ),
        // One that somebody else made too stays, and keeps what that one has.
        (
            #"{"f:c":{"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:tty":{}}}}"#,
            #"{"f:c":{"k:{\"name\":\"a\"}":{".":{},"f:image":{}}}}"#,
            #"{"c":[{"name":"a","image":"x"},{"name":"b","image":"y"}],"d":1}"#
        ),
        // Of an element that was never this one's only its fields go.
        (
            #"{"f:c":{"k:{\"name\":\"a\"}":{"f:tty":{}}}}"#, #"{"f:c":{}}"#,
            #"{"c":[{"name":"a","image":"x"},{"name":"b","image":"y"}],"d":1}"#
        ),
        // A named field goes with all that nobody has.
        (#"{"f:c":{"k:{\"name\":\"a\"}":{".":{}}}}"#, #"{"f:d":{}}"#, #"{"d":1}"#),
        (#"{"f:e":{},"f:d":{}}"#, #"{}"#, containers.replacing(#","d":1"#, with: "")),
    ])
    func whatNobodyKeepsGoes(last: String, kept: String, left: String) throws {
        let pruned = FieldSet.pruned(try json(Self.containers), try json(last), keeping: try json(kept)).value
        #expect(pruned == (try json(left)), "\(pruned.compactText)")
    }

    @Test func elementsOfSetsGoByTheirValue() throws {
        let pruned = FieldSet.pruned(
            try json(#"{"f":["a","b"]}"#), try json(#"{"f:f":{"v:\"a\"":{}}}"#), keeping: try json(#"{"f:f":{}}"#))
        #expect(pruned.value == (try json(#"{"f":["b"]}"#)))
        #expect(pruned.gone.map(FieldSet.text) == ["f[a]"])
        let place = ["f:c", #"k:{"containerPort":53,"protocol":"UDP"}"#, "f:name"]
        #expect(FieldSet.text(place) == "c[53/UDP].name")
    }
}

/// How an apply that took over fields ended, where others wrote between its requests.
struct MovedFieldsTests {
    private func step(_ before: String, foreseen: String) throws -> PlanStep {
        var before = try JSONValue(parsing: before)
        before["kind"] = "Deployment"
        before.set(
            ["metadata", "managedFields"],
            to: try JSONValue(
                parsing:
                    #"[{"manager":"c","operation":"Update","fieldsV1":{"f:metadata":{"f:annotations":{"f:kubectl.kubernetes.io/last-applied-configuration":{}}}}}]"#
            ))
        var after = try JSONValue(parsing: foreseen)
        after["kind"] = "Deployment"
        var step = PlanStep(
            object: ObjectReference(kind: "Deployment", namespace: "n", name: "d"), path: "/d",
            write: .serverSideApply([:], ServerSideApply(fieldManager: "a", forcesConflicts: false)), before: before,
            after: after, inverse: .delete)
        step.isApplied = true
        return step
    }

    @Test func whatAControllerWroteMeanwhileIsNotTakenBack() throws {
        let step = try step(
            #"{"metadata":{"annotations":{"revision":"1"}},"spec":{"replicas":1,"old":2}}"#,
            foreseen: #"{"metadata":{"annotations":{"revision":"1"}},"spec":{"replicas":1}}"#)
        let made = try JSONValue(
            parsing: #"{"kind":"Deployment","metadata":{"annotations":{"revision":"2"}},"spec":{"replicas":3}}"#)
        var (after, real) = (step, RealAnswer())
        real.take(made, of: &after, at: 0)
        #expect(real.surprises.isEmpty)
        #expect(after.inverse?.touched == [["spec", "old"]])
    }

    @Test func whatStaysOrGoesOtherwiseIsTold() throws {
        let step = try step(#"{"spec":{"old":2,"own":1}}"#, foreseen: #"{"spec":{"own":1}}"#)
        var (after, real) = (step, RealAnswer())
        real.take(try JSONValue(parsing: #"{"kind":"Deployment","spec":{"old":2}}"#), of: &after, at: 0)
        #expect(
            real.surprises == [
                "Deployment d: spec.own went, which was not foreseen", "Deployment d: spec.old stays, which was to go",
            ])
    }
}
