// A node as `kubectl describe node` reads it.

internal import Base

enum NodeObject {
    /// The machine's address, by the number at the end of its name.
    static func address(of name: String) -> String {
        "192.168.0.\(10 + (name.split(separator: "-").last.flatMap { Int($0) } ?? 0) % 200)"  // bounded: below 210
    }

    static func make(_ number: Int, now: Timestamp) -> JSONValue {
        let name = "node-\(number)"
        let resources: JSONValue = [
            "cpu": "16", "ephemeral-storage": "200Gi", "hugepages-1Gi": "0", "hugepages-2Mi": "0", "memory": "64Gi",
            "pods": "250",
        ]
        var allocatable = resources
        allocatable["cpu"] = "15800m"
        allocatable["memory"] = "62Gi"
        allocatable["ephemeral-storage"] = "180Gi"
        var node = Make.object(
            "v1", "Node", nil, name,
            labels: [
                "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
                "topology.kubernetes.io/region": "demo",
                "topology.kubernetes.io/zone": "demo-\(["a", "b", "c"][(number - 1) % 3])",
            ], spec: ["podCIDR": .string("10.244.\(number).0/24"), "podCIDRs": [.string("10.244.\(number).0/24")]])
        node["status"] = [
            "capacity": resources, "allocatable": allocatable, "conditions": conditions(now),
            "addresses": [
                ["type": "InternalIP", "address": .string(address(of: name))],
                ["type": "Hostname", "address": .string(name)],
            ], "daemonEndpoints": ["kubeletEndpoint": ["Port": 10250]],
            "nodeInfo": [
                "machineID": .string(StableName.of(name, length: 32)),
                "systemUUID": .string(StableName.of(name, length: 32)),
                "bootID": .string(StableName.of("boot \(name)", length: 32)), "kernelVersion": "6.1.0-demo",
                "osImage": "Debian GNU/Linux 12 (bookworm)", "containerRuntimeVersion": "containerd://2.1.0",
                "kubeletVersion": "v1.36.0-meshtop-demo", "kubeProxyVersion": "", "operatingSystem": "linux",
                "architecture": "amd64",
            ],
        ]
        return node
    }

    private static func conditions(_ now: Timestamp) -> JSONValue {
        let time: JSONValue = .string(now.rfc3339)
        let all: [(type: String, status: String, reason: String, message: String)] = [
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ]
        return .array(
            all.map {
                [
                    "type": .string($0.type), "status": .string($0.status), "reason": .string($0.reason),
                    "message": .string($0.message), "lastHeartbeatTime": time, "lastTransitionTime": time,
                ]
            })
    }
}
