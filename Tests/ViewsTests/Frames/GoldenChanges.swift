// Changes as the kept screens show them: previews, what became of them, the journal and the log of calls.

import Base
import Istio
import Kube
import MeshModel

@testable import Actions

enum GoldenChanges {
    static let route = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")

    static let shift: ChangePreview = {
        var preview = ChangePreview(
            planID: "plan-1", title: "Shift VirtualService shop/reviews", context: "shop-dev", objects: [route],
            diff: [
                .init(kind: .file, text: "--- VirtualService shop/reviews now"),
                .init(kind: .file, text: "+++ VirtualService shop/reviews after"),
                .init(kind: .hunk, text: "@@ -14,11 +14,11 @@"), .init(kind: .context, text: "  route:"),
                .init(kind: .context, text: "  - destination:"), .init(kind: .removed, text: "    weight: 70"),
                .init(kind: .added, text: "    weight: 50"), .init(kind: .removed, text: "    weight: 30"),
                .init(kind: .added, text: "    weight: 50"),
            ],
            effects: [
                "v2 gets 89 of 178 requests per second, 39 more than now",
                "v2 answers 1.3 % of its requests with an error, v1 0.1 %: 0.5 more errors per second are to be expected",
            ], managers: ["Argo CD application shop-routes writes this object and will overwrite the change"],
            warnings: ["the observed share of v2 lies outside its interval"],
            kubectl:
                "kubectl --context shop-dev patch virtualservice reviews -n shop --type=json -p '[{\"op\":\"replace\",\"path\":\"/spec/http/0/route/0/weight\",\"value\":50}]'"
        )
        preview.findings = FindingsDelta(
            added: [finding("IST0101", .error, "subset v4 is in no DestinationRule")],
            removed: [finding("MT0005", .warning, "")])
        preview.proposals = ["Max connections 400: twice what is under way now"]
        return preview
    }()

    private static func finding(_ code: String, _ severity: Finding.Severity, _ message: String) -> Finding {
        Finding(
            code: code, severity: severity,
            object: FindingObject(kind: "VirtualService", namespace: "shop", name: "reviews"),
            path: "spec.http[0].route[1]", message: message)
    }

    static func changed(_ change: (inout ChangePreview) -> Void) -> ChangePreview {
        var preview = shift
        (preview.effects, preview.managers, preview.warnings, preview.findings) = ([], [], [], nil)
        preview.proposals = []
        change(&preview)
        return preview
    }

    static let refused = changed {
        $0.refusal =
            "admission webhook \"validation.istio.io\" denied the request: configuration is invalid: total destination weight 110 != 100"
    }

    static let production = changed { $0.typedConfirmation = "reviews" }

    static let deletion = changed {
        ($0.title, $0.typedConfirmation, $0.isDeletion) = ("Delete Deployment shop/reviews-v1", "reviews-v1", true)
        $0.diff =
            [.init(kind: .file, text: "--- Deployment shop/reviews-v1 now")]
            + (1...40).map { .init(kind: .removed, text: "field\($0): the line that goes") }
        $0.effects = ["4 pods go with it", "Service shop/reviews is left with 2 pods of 4"]
    }

    static let losing = changed {
        $0.losses = ["DestinationRule payments/checkout spec.circuitBreaker: the server drops it, nothing takes effect"]
        $0.mend = .init(
            title: "move it to trafficPolicy.connectionPool", request: .apply(yaml: "a: 1", defaultNamespace: "shop"))
    }

    static let drifted = changed {
        ($0.title, $0.typedConfirmation) = ("Undo 20260101-7f3a", "reviews")
        $0.drift = [
            DriftItem(
                kind: .conflict, path: "VirtualService reviews spec.http.0.route.0.weight", before: "90", made: "50",
                now: "61"),
            DriftItem(
                kind: .goesBack, path: "VirtualService reviews spec.http.0.timeout", before: "none", made: "2s",
                now: "2s"),
            DriftItem(kind: .kept, path: "VirtualService reviews spec.hosts", before: "1", made: "1", now: "2"),
        ]
    }

    static let nothing = changed { $0.diff = [] }

    static let stopped: [ChangeProgress] = [
        .applied(journalID: "20260101-7f3a"),
        .stopped(
            StoppedChange(
                journalID: "plan-1", applied: ["Service shop/a", "Deployment shop/a-v1"],
                refused: "Deployment shop/b-v1", notSent: ["Service shop/c"])),
        .failed(
            MeshTopError(
                .conflict, "Deployment shop/b-v1", why: "it was changed since it was read", advice: "plan it again")),
    ]

    static let edit: ObjectEdit = {
        let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
        var edit = ObjectEdit(
            object, path: "/apis/apps/v1/namespaces/shop/deployments/reviews-v1",
            before: ["kind": "Deployment", "metadata": ["name": "reviews-v1"], "spec": ["replicas": 1]],
            context: "shop-dev")
        edit.text = edit.text.replacing("replicas: 1", with: "replicas: 2")
        return edit
    }()

    static let policies: [PolicyTemplate: PresentPolicy] = [
        .circuitBreaker: PresentPolicy(
            values: ["maxConnections": "100", "interval": "10s"],
            proposals: ["http2MaxRequests": .init("64", "twice what was under way at most in the last hour")])
    ]

    // MARK: The log

    static let journal: [JournalEntry] = [
        entry(9, "applied", "Shift VirtualService shop/reviews", .undone),
        entry(8, "", "Restart shop/cart-v1", .verified),
        entry(7, "the observed share stayed at 12 %", "Guarded shift of reviews to v2", .unverified),
        entry(6, "admission webhook denied the request", "Circuit breaker for 検索サービス-日本", .failed),
        entry(5, "", "Apply 12 objects of ./manifests", .sent), entry(4, "", "Scale shop/frontend-v1 to 6", .applied),
    ]

    private static func entry(
        _ hour: Int, _ detail: String, _ title: String, _ outcome: JournalEntry.Outcome
    ) -> JournalEntry {
        JournalEntry(
            id: "260101\(hour)-7f3\(hour)", time: .noon + Double(hour - 12) * 3600, user: "ada", host: "bastion",
            process: 7, context: "shop-dev", server: "https://10.0.0.1", verb: "shift", title: title, outcome: outcome,
            detail: detail, preview: "", steps: [])
    }

    static let calls: [APICall] = (0..<26).map { number in
        var call = APICall(
            number: UInt64(number), startedAt: .noon + Double(number - 26),
            method: number % 5 == 0 ? "PATCH" : "GET", server: "https://10.0.0.1:6443",
            path: "/apis/networking.istio.io/v1/namespaces/shop/virtualservices/reviews-\(number)")
        if number % 5 == 0 { (call.body, call.bodyType) = ("{\"spec\":{}}", "application/merge-patch+json") }
        if number < 24 { (call.status, call.seconds, call.bytes) = (200, 0.011 * Double(number % 9 + 1), 1480) }
        if number == 19 { call.status = 403 }
        if number == 16 { (call.status, call.error) = (nil, "connection reset by peer") }
        return call
    }
}
