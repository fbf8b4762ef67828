import Base
import Kube
import Testing

/// Kubernetes' own patch, as apimachinery takes it.
@Suite struct StrategicMergeTests {
    private let deployment = PatchGraph.builtIn.schema(apiVersion: "apps/v1", kind: "Deployment") ?? .unknown
    private let service = PatchGraph.builtIn.schema(apiVersion: "v1", kind: "Service") ?? .unknown

    private func pod(_ spec: JSONValue) -> JSONValue { ["spec": ["template": ["spec": spec]]] }

    private func merged(_ patch: JSONValue, _ object: JSONValue) throws -> JSONValue? {
        try StrategicMerge.merge(pod(patch), into: pod(object), deployment).at("spec", "template", "spec")
    }

    @Test(
        arguments: [
            // Elements are found by their key, new ones come last.
            (
                ["containers": [["name": "b", "x": 1], ["name": "c"]]],
                ["containers": [["name": "a"], ["name": "b", "y": 2]]],
                ["containers": [["name": "a"], ["name": "b", "y": 2, "x": 1], ["name": "c"]]]
            ),
            (
                ["containers": [["$patch": "delete", "name": "a"]]], ["containers": [["name": "a"], ["name": "b"]]],
                ["containers": [["name": "b"]]]
            ),
            (
                ["containers": [["$patch": "replace"], ["name": "z"]]], ["containers": [["name": "a"], ["name": "b"]]],
                ["containers": [["name": "z"]]]
            ),
            (
                [
                    "$setElementOrder/containers": [["name": "b"], ["name": "a"]],
                    "containers": [["name": "a", "x": 1]],
                ],
                ["containers": [["name": "a"], ["name": "s"], ["name": "b"]]],
                ["containers": [["name": "s"], ["name": "b"], ["name": "a", "x": 1]]]
            ),
            (
                ["volumes": [["name": "v", "$retainKeys": ["name", "secret"], "secret": ["secretName": "s"]]]],
                ["volumes": [["name": "v", "emptyDir": [:]]]],
                ["volumes": [["name": "v", "secret": ["secretName": "s"]]]]
            ),
            (["tolerations": [["key": "b"]]], ["tolerations": [["key": "a"]]], ["tolerations": [["key": "b"]]]),
            (
                ["nodeSelector": ["$patch": "replace", "b": "2"]], ["nodeSelector": ["a": "1"]],
                ["nodeSelector": ["b": "2"]]
            ),
            (["nodeSelector": ["$patch": "delete"]], ["nodeSelector": ["a": "1"]], ["nodeSelector": [:]]),
            (["nodeSelector": .null, "x": ["y": .null, "z": 1]], ["nodeSelector": ["a": "1"]], ["x": ["z": 1]]),
            (
                ["hostAliases": [["ip": "1", "hostnames": ["b"]]]], ["hostAliases": [["ip": "1", "hostnames": ["a"]]]],
                ["hostAliases": [["ip": "1", "hostnames": ["b"]]]]
            ),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func directivesAreCarriedOut(_ patch: JSONValue, _ object: JSONValue, _ result: JSONValue) throws {
        #expect(try merged(patch, object) == result)
    }

    @Test func listsOfWordsAreMergedAndShortened() throws {
        let object: JSONValue = ["metadata": ["finalizers": ["a", "b", "c"]]]
        func finalizers(_ patch: JSONValue) throws -> JSONValue? {
            try StrategicMerge.merge(["metadata": patch], into: object, service).at("metadata", "finalizers")
        }
        #expect(try finalizers(["finalizers": ["d", "a"]]) == ["d", "a", "b", "c"])
        #expect(try finalizers(["$deleteFromPrimitiveList/finalizers": ["b"]]) == ["a", "c"])
        #expect(
            try finalizers([
                "$setElementOrder/finalizers": ["d", "c", "a"], "finalizers": ["d"],
                "$deleteFromPrimitiveList/finalizers": ["b"],
            ]) == ["d", "c", "a"])
    }

    @Test(
        arguments: [
            (["containers": [["image": "x"]]], "does not contain declared merge key: name"),
            (["containers": [["$patch": "merge", "name": "a"]]], "merging lists cannot yet be specified"),
            (["$setElementOrder/containers": [["name": "b"]], "containers": [["name": "c"]]], "doesn't match"),
            (["volumes": [["name": "v", "$retainKeys": ["name"], "emptyDir": [:]]]], "retainKeys"),
            (["nodeSelector": ["$patch": "other"]], "unknown patch type"),
            (["containers": [[1]]], "list element types are not identical"),
        ] as [(JSONValue, String)])
    func aBadPatchIsRefusedInApimachinerysWords(_ patch: JSONValue, _ words: String) {
        let object: JSONValue = ["containers": [["name": "a"]], "volumes": [["name": "v"]], "nodeSelector": ["a": "b"]]
        #expect {
            _ = try merged(patch, object)
        } throws: { "\($0)".contains(words) }
    }

    /// The form in which a real server publishes it: references beside defaults, lists, kinds of a CRD.
    @Test func thePatchKeysAreReadFromOpenAPI() throws {
        let document = #"""
            {"openapi":"3.0.0","paths":{
              "/apis/apps/v1/namespaces/{namespace}/deployments/{name}":{"parameters":[],"patch":{
                "requestBody":{"content":{"application/merge-patch+json":{},"application/strategic-merge-patch+json":{}}},
                "x-kubernetes-group-version-kind":{"group":"apps","kind":"Deployment","version":"v1"}}},
              "/apis/apps/v1/namespaces/{namespace}/things/{name}":{"patch":{
                "requestBody":{"content":{"application/merge-patch+json":{}}},
                "x-kubernetes-group-version-kind":{"group":"apps","kind":"Thing","version":"v1"}}}},
             "components":{"schemas":{
              "io.k8s.api.apps.v1.Deployment":{"type":"object","properties":{
                "spec":{"default":{},"allOf":[{"$ref":"#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}]},
                "inline":{"properties":{"list":{"type":"array","items":{"type":"string"},"x-kubernetes-patch-strategy":"merge"}}}},
                "x-kubernetes-group-version-kind":[{"group":"apps","kind":"Deployment","version":"v1"}]},
              "io.k8s.api.apps.v1.DeploymentSpec":{"properties":{
                "strategy":{"allOf":[{"$ref":"#/components/schemas/S"}],"x-kubernetes-patch-strategy":"retainKeys"},
                "containers":{"type":"array","items":{"default":{},"allOf":[{"$ref":"#/components/schemas/C"}]},
                  "x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge,retainKeys"},
                "plain":{"type":"array","items":{"type":"string"}}}},
              "C":{"properties":{"ports":{"type":"array","items":{"$ref":"#/components/schemas/P"},
                "x-kubernetes-patch-merge-key":"containerPort","x-kubernetes-patch-strategy":"merge"}}}}}}
            """#
        let keys = try OpenAPIPatchKeys(Array(document.utf8))
        guard case .strategic(let schema) = keys.answer(apiVersion: "apps/v1", kind: "Deployment") else {
            Issue.record("Deployment takes strategic patches")
            return
        }
        let spec = schema.field("spec").schema
        #expect(spec.field("strategy").retainsKeys && !spec.field("plain").merges)
        let containers = spec.field("containers")
        #expect(containers.merges && containers.retainsKeys && containers.mergeKey == "name")
        #expect(containers.schema.field("ports").mergeKey == "containerPort")
        #expect(schema.field("inline").schema.field("list").merges)
        if case .mergeOnly = keys.answer(apiVersion: "apps/v1", kind: "Thing") {} else { Issue.record("no") }
        if case .unknown = keys.answer(apiVersion: "apps/v1", kind: "Other") {} else { Issue.record("no") }
    }
}
