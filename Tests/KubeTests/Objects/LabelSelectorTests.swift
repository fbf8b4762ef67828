import Base
import Kube
import Testing

/// The meanings of metav1.LabelSelectorAsSelector.
@Suite struct LabelSelectorTests {
    @Test func nothingSelectsNothingAndEmptySelectsEverything() throws {
        for value in [nil, JSONValue.null] {
            #expect(LabelSelector(value) == nil)
            #expect(!LabelSelector(value).selects(["a": "1"]) && !LabelSelector(value).selects([:]))
        }
        #expect(LabelSelector([:]).selects(["a": "1"]) && LabelSelector([:]).selects([:]))
    }

    @Test(arguments: [
        ("In", ["1", "2"], true, false, false), ("NotIn", ["1", "2"], false, true, true),
        ("Exists", [], true, true, false), ("DoesNotExist", [], false, false, true), ("Near", [], false, false, false),
    ])
    func everyOperator(_ operation: String, _ values: [String], _ one: Bool, _ nine: Bool, _ none: Bool) {
        let selector = LabelSelector([
            "matchExpressions": [
                ["key": "a", "operator": .string(operation), "values": .array(values.map { .string($0) })]
            ]
        ])
        #expect(selector.selects(["a": "1"]) == one)
        #expect(selector.selects(["a": "9"]) == nine)
        #expect(selector.selects(["b": "1"]) == none)
    }

    @Test func allPartsMustHold() {
        let selector = LabelSelector([
            "matchLabels": ["app": "x"],
            "matchExpressions": [
                ["key": "track", "operator": "NotIn", "values": ["canary"]], ["key": "app", "operator": "Exists"],
            ],
        ])
        #expect(selector.selects(["app": "x"]) && selector.selects(["app": "x", "track": "stable"]))
        #expect(!selector.selects(["app": "x", "track": "canary"]) && !selector.selects(["track": "stable"]))
        #expect(selector?.text == "app=x,app,track notin (canary)")
    }
}
