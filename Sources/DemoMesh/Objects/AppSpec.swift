// What a scene is made of: services, their versions and whom they call.

internal import Insights
internal import MeshModel

/// A service of a scene with the workloads behind it.
struct AppSpec {
    enum Wire { case http, grpc, tcp }

    struct Version {
        var name: String
        var replicas: Int
        /// Time one request takes an idle replica, in milliseconds.
        var serviceMs: Double
        /// Share of requests that end in a 500.
        var errorRatio = 0.0
        /// How it differs from the version beside it, where it is a canary on trial.
        var trial: CanaryScenario?
        /// Requests a replica works on at once.
        var concurrency = 1.5
        /// Further pod labels, for subsets that select by something else than version.
        var labels: [String: String] = [:]
        /// Ordinals of pods that fail most requests.
        var badPods: Set<Int> = []
        /// Workload name; app-version when nil.
        var workload: String?

        /// The share that ends in a 500 so many seconds after the mesh was started.
        func errors(at seconds: Double) -> Double { trial?.errors(at: max(0, seconds)) ?? errorRatio }
    }

    /// Calls to another service for each request served.
    struct Call {
        var namespace: String
        var service: String
        var perRequest: Double
    }

    var name: String
    var namespace: String
    var service: String?
    var port = 8080
    /// Open beside it, by name.
    var otherPorts: [String: Int] = [:]
    var wire = Wire.http
    var kind = "Deployment"
    var hasSidecar = true
    var versions: [Version]
    var calls: [Call] = []
    /// Requests per second that arrive from the ingress gateway.
    var arrivals = 0.0
    /// Its pods are as long as real ones.
    var isBulky = false

    var serviceName: String { service ?? name }
    var id: ServiceID { ServiceID(namespace: namespace, name: serviceName) }
    func workloadName(_ version: Version) -> String { version.workload ?? "\(name)-\(version.name)" }
}
