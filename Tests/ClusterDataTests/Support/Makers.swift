// Small makers for objects and samples, so that a test reads like the cluster it describes.

import Base
import ClusterData
import Istio
import MeshModel
import TestSupport
import Testing

/// Requests as one reporter counts them.
func requests(
    _ from: String, _ service: String, _ workload: String, _ rate: Double, reporter: String, code: String = "200",
    flags: String = "-", security: String? = nil
) -> MetricSample {
    let values = [
        "source_workload_namespace": "shop", "source_workload": from, "destination_service_namespace": "shop",
        "destination_service": "\(service).shop.svc.cluster.local", "destination_service_name": service,
        "destination_workload_namespace": workload == "unknown" ? "unknown" : "shop", "destination_workload": workload,
        "reporter": reporter, "request_protocol": "http", "response_code": code, "response_flags": flags,
        "connection_security_policy": security ?? (reporter == "destination" ? "mutual_tls" : "unknown"),
    ]
    return MetricSample(labels: TrafficColumns.requests.names.map { values[$0] ?? "" }, value: rate)
}

func reading(_ samples: [MetricSample]) -> MetricsReading {
    var reading = MetricsReading(asOf: Timestamp(seconds: 1000), windowSeconds: 60)
    reading.requests = samples
    return reading
}

func snapshot(_ world: World, _ samples: [MetricSample]?) -> MeshSnapshot {
    SnapshotBuilder.build(
        SnapshotInputs(
            time: Timestamp(seconds: 1000), context: "test", objects: world.objects, metrics: samples.map(reading)))
}
