// Puts a scene's objects into the store.

internal import Base

enum SceneBuilder {
    static func apps(_ options: DemoMeshOptions) -> [AppSpec] {
        all(options).filter { options.hasPrometheus || $0.name != "prometheus" }
    }

    private static func all(_ options: DemoMeshOptions) -> [AppSpec] {
        switch options.scene {
        case .scale:
            ScaleScene.apps(services: options.services ?? 1000, pods: options.pods ?? 10_000)
                + Storefront.apps(.storefront, nil).filter { $0.namespace == "istio-system" }
        default: Storefront.apps(options.scene, options.scene == .canary ? options.canary : nil)
        }
    }

    static func build(_ options: DemoMeshOptions, into store: ObjectStore) {
        let apps = apps(options)
        func put(_ object: JSONValue) {
            let apiVersion = object["apiVersion"]?.string ?? ""
            let group = apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : ""
            guard let type = ResourceType.find(kind: object["kind"]?.string ?? "", group: group) else { return }
            // Configuration has owners, so that whoever applies another value with another manager meets a conflict.
            let isConfiguration =
                type.isCustom || ["apps", "autoscaling", "policy"].contains(type.group) || type.key == "services."
            store.create(type, isConfiguration ? ManagedFields.seeded(object, type, at: store.clock()) : object)
        }
        let operatorRights = ["shop": "edit", "manager-agent-ai-dev": "view"]
        let environments = Dictionary(
            uniqueKeysWithValues: Storefront.environments.map { ($0.namespace, $0.environment) })
        for name in Set(apps.map(\.namespace)).union(["default", "kube-system"]).sorted() {
            var labels: [String: String] = [:]
            if let environment = environments[name] { labels["environment"] = environment }
            if !["istio-system", "default", "kube-system"].contains(name) { labels["istio-injection"] = "enabled" }
            if let rights = operatorRights[name] { labels[APIUser.rightsLabel] = rights }
            put(Make.namespace(name, labels))
        }
        for number in 1...3 {
            put(NodeObject.make(number, now: store.clock()))
        }
        for (index, app) in apps.enumerated() {
            put(Make.service(app, clusterIP: "10.96.\(index / 250).\(index % 250 + 1)"))
            put(Make.object("v1", "ServiceAccount", app.namespace, app.name))
            for version in app.versions { put(Make.workload(app, version)) }
        }
        if options.scene == .scale {
            for object in ScaleScene.configuration(services: options.services ?? 1000) { put(object) }
        } else {
            for object in Storefront.configuration(options.scene) { put(object) }
            if options.scene == .rollouts { DeliveryScene.build(into: store) }
        }
    }
}
