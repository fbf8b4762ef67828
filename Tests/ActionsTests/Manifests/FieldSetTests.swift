import ClusterData
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
        let pruned = FieldSet.pruned(try json(Self.containers), try json(last), keeping: try json(kept))
        #expect(pruned == (try json(left)), "\(pruned.compactText)")
    }

    @Test func elementsOfSetsGoByTheirValue() throws {
        let pruned = FieldSet.pruned(
            try json(#"{"f":["a","b"]}"#), try json(#"{"f:f":{"v:\"a\"":{}}}"#), keeping: try json(#"{"f:f":{}}"#))
        #expect(pruned == (try json(#"{"f":["b"]}"#)))
    }
}
