import Base
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// One odd object among others: every field of every watched kind is null, or of another type, in turn.
@Suite struct OddObjectTests {
    static let demo = Result { try Demo.withoutHistory() }

    private typealias Path = [String]

    /// An object of the kind as the API serves it; kinds that the mesh has none of get the smallest one.
    private func sample(_ kind: WatchedKind) async throws -> JSONValue {
        let client = try Self.demo.get().client()
        let discovery = try await client.discovery()
        let least: JSONValue = [
            "metadata": [
                "name": "least", "namespace": "shop", "labels": ["a": "b"],
                "annotations": ["networking.istio.io/x": "y"],
                "resourceVersion": "7", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z",
                "ownerReferences": [["kind": "A", "name": "b", "controller": true]],
                "managedFields": [["manager": "m"]],
            ], "spec": ["hosts": ["a"], "http": [["route": [["destination": ["host": "a"]]]]]],
            "status": ["conditions": [["type": "A", "status": "True"]]],
        ]
        guard let path = discovery.path(for: kind) else { return least }
        let items = try await client.json(KubeClient.Call("GET", path.collection(nil))).list("items")
        // The one with the most to say.
        return items.max { $0.compactText.utf8.count < $1.compactText.utf8.count } ?? least
    }

    private func paths(_ value: JSONValue, _ path: Path = []) -> [Path] {
        let children: [(String, JSONValue)]
        switch value {
        case .object(let object): children = object.members.map { ($0.0, $0.1) }
        case .array(let elements): children = elements.enumerated().map { (String($0), $1) }
        default: children = []
        }
        return (path.isEmpty ? [] : [path]) + children.flatMap { paths($1, path + [$0]) }
    }

    private func list(_ items: [JSONValue]) -> [UInt8] {
        let text: JSONValue = [
            "kind": "List", "metadata": ["resourceVersion": "9"], "items": .array(items),
        ]
        return Array(text.compactText.utf8)
    }

    private func pointer(_ path: Path) -> JSONValue {
        .string(path.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined())
    }

    private func neighbour(_ name: String) -> JSONValue {
        ["metadata": ["name": .string(name), "namespace": "zone"]]
    }

    private func check<Object: ClusterObject>(_ type: Object.Type, _ kind: WatchedKind) async throws {
        let whole = try await sample(kind)
        let all = paths(whole)
        #expect(all.count > 3)
        for path in all {
            let name = path.joined(separator: ".")
            let absent = try Patching.json([["op": "remove", "path": pointer(path)]], to: whole)
            for odd: JSONValue in [.null, 5, "text", true, [], [:], [5], [.null], ["x": 5], ["x": .null]] {
                let mutated = try Patching.json(
                    [["op": "replace", "path": pointer(path), "value": odd]], to: whole)
                let page = try ListPage<Object>(list([neighbour("a"), mutated, neighbour("z")]))
                let names = page.objects.map(\.meta.name)
                #expect(names.first == "a" && names.last == "z", "\(name): \(odd.compactText)")
                #expect(page.objects.count + page.odd.count == 3, "\(name): \(odd.compactText)")
                // The place is named as it is in the object.
                if let found = page.odd.first, found.reason != "it has no name" {
                    #expect(found.reason.contains(path[0]), "\(found.words)")
                }
                try checkEvents(type, mutated, "\(name): \(odd.compactText)")
                if odd == .null, path.last.flatMap({ Int($0) }) == nil {
                    let plain = try ListPage<Object>(list([neighbour("a"), absent, neighbour("z")]))
                    #expect(page.objects == plain.objects && page.odd.count == plain.odd.count, "\(name)")
                }
            }
        }
    }

    private func checkEvents<Object: ClusterObject>(
        _: Object.Type, _ object: JSONValue, _ words: String
    ) throws {
        var decoder = WatchLineDecoder<Object>()
        var text = ""
        for (type, object) in [
            ("ADDED", neighbour("a")), ("MODIFIED", object), ("DELETED", object),
            ("ADDED", neighbour("z")),
        ] {
            text += (["type": .string(type), "object": object] as JSONValue).compactText + "\n"
        }
        // The type may also come behind the object.
        text += (["object": neighbour("y"), "type": "ADDED"] as JSONValue).compactText + "\n"
        let events = try decoder.feed(Array(text.utf8))
        #expect(events.count == 5, "\(words)")
        let names = events.compactMap {
            if case .upsert(let object) = $0 { object.meta.name } else { nil }
        }
        #expect(names.first == "a" && names.suffix(2) == ["z", "y"], "\(words)")
    }

    @Test(arguments: WatchedKind.all) func aKindStaysUp(_ kind: WatchedKind) async throws {
        switch kind {
        case .namespaces: try await check(Namespace.self, kind)
        case .services: try await check(Service.self, kind)
        case .pods: try await check(Pod.self, kind)
        case .nodes, .customresourcedefinitions, .cronjobs: try await check(MetadataObject.self, kind)
        case .deployments, .statefulsets, .daemonsets: try await check(Workload.self, kind)
        case .horizontalpodautoscalers: try await check(HorizontalPodAutoscaler.self, kind)
        default: try await check(ConfigObject.self, kind)
        }
    }

    @Test(arguments: [
        (
            #"{"metadata":{"name":"odd","namespace":"shop"},"spec":{"ports":{}}}"#,
            "shop/odd (spec.ports is no list)"
        ),
        (#"{"metadata":{"name":"odd","labels":{"a":5}}}"#, "odd (metadata.labels.a is no text)"),
        (#"{"metadata":{"name":"odd"},"spec":"text"}"#, "odd (spec is no object)"),
        (
            #"{"metadata":{"name":"odd"},"spec":{"ports":[{"port":1},{"port":"80"}]}}"#,
            "odd (spec.ports[1].port is no number)"
        ),
        (#"{"metadata":{"namespace":"shop"}}"#, "one without a name (it has no name)"),
        (#"{}"#, "one without a name (it has no name)"),
        (
            #"{"spec":{"ports":7},"metadata":{"name":"late","namespace":"shop"}}"#,
            "shop/late (spec.ports is no list)"
        ),
        ("null", "one without a name (it is null)"),
        ("5", "one without a name (it is no object)"),
        (#""x""#, "one without a name (it is no object)"),
    ]) func whatIsWrongIsNamed(_ item: String, _ words: String) throws {
        let page = try ListPage<Service>(Array(#"{"kind":"ServiceList","items":[\#(item)]}"#.utf8))
        #expect(page.odd.map(\.words) == [words])
        #expect(page.objects.isEmpty)
    }

    @Test(arguments: [
        #"{"kind":"ServiceList","apiVersion":"v1","metadata":{"resourceVersion":"9"}}"#,
        #"{"kind":"ServiceList","metadata":{"resourceVersion":"9","continue":null},"items":null}"#,
        #"{"items":null,"metadata":{"resourceVersion":"9"}}"#,
        #"{"items":[],"metadata":{"resourceVersion":"9"}}"#,
    ]) func aListWithoutItemsIsEmpty(_ text: String) throws {
        for chunk in [1, 3, text.utf8.count] {
            var stream = ListStream<Service>(contentType: "application/json", pool: nil)
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                #expect(try stream.feed(Array(bytes.prefix(chunk))).isEmpty)
                bytes = bytes.dropFirst(chunk)
            }
            let (rest, end) = try stream.finish()
            #expect(rest.isEmpty && end.odd.isEmpty && end.resourceVersion == "9")
        }
    }

    @Test(arguments: [#"{"kind":"Status","metadata":{}}"#, "{}", "null", "[]", #"{"hello":"world"}"#])
    func whatIsNoListIsNotAnEmptyOne(_ text: String) {
        #expect(throws: JSONError.self) { try ListPage<Service>(Array(text.utf8)) }
    }

    // MARK: Protobuf

    private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(bytes.count & 0x7F | 0x80), UInt8(bytes.count >> 7)] + bytes
    }

    /// A service with a name, and a port where a wire type may be wrong: `protocol` as a number.
    private func service(_ name: String, isOdd: Bool) -> [UInt8] {
        let port: [UInt8] = isOdd ? [2 << 3, 5] : field(2, Array("TCP".utf8))
        return field(1, field(1, Array(name.utf8)) + field(3, Array("shop".utf8)))
            + field(2, field(1, port))
    }

    private func envelope(_ kind: String, _ raw: [UInt8]) -> [UInt8] {
        [0x6B, 0x38, 0x73, 0] + field(1, field(1, Array("v1".utf8)) + field(2, Array(kind.utf8)))
            + field(2, raw)
    }

    @Test func protobufNeighboursStay() throws {
        let items = [
            service("a", isOdd: false), service("odd", isOdd: true), service("z", isOdd: false),
        ]
        let page = try ListPage<Service>(
            envelope("ServiceList", field(1, field(2, Array("9".utf8))) + items.flatMap { field(2, $0) }),
            contentType: "application/vnd.kubernetes.protobuf")
        #expect(page.objects.map(\.meta.name) == ["a", "z"])
        #expect(page.odd.map(\.key) == [ObjectKey("shop", "odd")])
        var decoder = WatchFrameDecoder<Service>()
        let events = try items.flatMap { item in
            let frame = field(1, Array("MODIFIED".utf8)) + field(2, field(1, envelope("Service", item)))
            let bytes = [0, 0, UInt8(frame.count >> 8), UInt8(frame.count & 0xFF)] + frame
            return try decoder.feed(bytes.span)
        }
        #expect(events.count == 3)
        guard case .odd(let odd, isDeleted: false) = events[1] else {
            Issue.record("\(events[1])")
            return
        }
        #expect(odd.name == "shop/odd")
    }
}
