import Base
import DemoMesh
import TestSupport
import Testing

/// The demo's compact schema table against the CRDs that it was derived from: same fields, same types, same enums.
@Suite struct CRDTests {
    @Test(.enabled(if: Corpus.runs("crds")), arguments: ["crds/istio.yaml", "crds/gateway-api.yaml"])
    func everyFieldOfTheCRDsIsServed(_ file: String) async throws {
        let demo = try Demo()
        let documents = try YAML.documents(String(decoding: Files.read(Corpus.path(file)), as: UTF8.self))
        var compared = 0
        for document in documents {
            let crd = document.value
            guard crd["kind"] == "CustomResourceDefinition", let group = crd.at("spec", "group")?.string,
                let kind = crd.at("spec", "names", "kind")?.string,
                let version = crd.at("spec", "versions")?.array?.first(where: { $0["name"] == "v1" }),
                let schema = version.at("schema", "openAPIV3Schema", "properties", "spec")
            else { continue }
            let served = try await demo.ask("GET", "/openapi/v3/apis/\(group)/v1")
            guard served.status == 200,
                let own = served.json.at("components", "schemas")?.object?.members.first(where: {
                    $1.list("x-kubernetes-group-version-kind").contains {
                        $0["kind"] == .string(kind) && $0["group"] == .string(group)
                    }
                })?.1.at("properties", "spec")
            else { continue }  // kinds that the demo does not serve
            compare(schema, own, "\(kind).spec", &compared)
        }
        #expect(compared > 300, "\(file): \(compared)")
    }

    private func compare(_ wanted: JSONValue, _ own: JSONValue, _ path: String, _ compared: inout Int) {
        compared += 1
        if wanted["x-kubernetes-preserve-unknown-fields"] == true || wanted["x-kubernetes-int-or-string"] == true {
            return
        }
        guard let type = wanted["type"]?.string else { return }
        #expect(own["type"]?.string == type, "\(path)")
        switch type {
        case "object":
            let (left, right) = (wanted["properties"]?.object?.keys ?? [], own["properties"]?.object?.keys ?? [])
            #expect(Set(left) == Set(right), "\(path)")
            #expect(Set(wanted.texts("required")) == Set(own.texts("required")), "\(path)")
            for key in left {
                if let a = wanted.at("properties", key), let b = own.at("properties", key) {
                    compare(a, b, "\(path).\(key)", &compared)
                }
            }
            if let a = wanted["additionalProperties"], a.object != nil, let b = own["additionalProperties"] {
                compare(a, b, "\(path).*", &compared)
            }
        case "array": if let a = wanted["items"], let b = own["items"] { compare(a, b, "\(path)[]", &compared) }
        case "string": #expect(wanted.texts("enum") == own.texts("enum"), "\(path)")
        case "integer":
            #expect(
                wanted["minimum"]?.double == own["minimum"]?.double
                    && wanted["maximum"]?.double == own["maximum"]?.double, "\(path)")
        default: break
        }
    }
}
