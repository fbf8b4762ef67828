// The built-in kinds read from protobuf: the same projections as from JSON, by field number.
// Numbers: the generated.proto files of https://github.com/kubernetes/api and apimachinery (meta/v1).

package import Base
internal import Kube

extension Namespace {
    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        while try scanner.nextField() {
            if scanner.field == 1 { meta = try scanner.metadata(keeping: .mesh) }
        }
    }
}

extension Service {
    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        while try scanner.nextField() {
            switch scanner.field {
            case 1: meta = try scanner.metadata(keeping: .mesh)
            case 2:
                var spec = try scanner.message()
                try readSpec(&spec)
            case 3:
                var status = try scanner.message()
                try readConditions(&status)
            default: break
            }
        }
    }

    private mutating func readSpec(_ spec: inout ProtobufScanner) throws(JSONError) {
        while try spec.nextField() {
            switch spec.field {
            case 1:
                var inner = try spec.message()
                var port = Port(number: 0)
                while try inner.nextField() {
                    switch inner.field {
                    case 1: port.name = try inner.sharedString()
                    case 2: port.transport = try inner.sharedString()
                    case 3: port.number = try inner.int()
                    case 4: port.target = try Self.intOrString(&inner)
                    case 6: port.appProtocol = try inner.sharedString()
                    default: break
                    }
                }
                ports.append(port)
            case 2:
                let (key, value) = try spec.entry()
                selector[key] = value
            case 3: clusterIP = try spec.string()
            case 4: type = try spec.sharedString()
            case 10: externalName = try spec.string()
            default: break
            }
        }
    }

    /// IntOrString: 1 says which (0 a number), 2 is the number, 3 the text.
    private static func intOrString(_ scanner: inout ProtobufScanner) throws(JSONError) -> Port.Target {
        var message = try scanner.message()
        var (isText, number, text) = (false, 0, "")
        while try message.nextField() {
            switch message.field {
            case 1: isText = try message.int() == 1
            case 2: number = try message.int()
            case 3: text = try message.sharedString()
            default: break
            }
        }
        return isText ? .name(text) : .number(number)
    }

    private mutating func readConditions(_ status: inout ProtobufScanner) throws(JSONError) {
        while try status.nextField() {
            guard status.field == 2 else { continue }
            var message = try status.message()
            var condition = StatusCondition()
            while try message.nextField() {
                switch message.field {
                case 1: condition.type = try message.sharedString()
                case 2: condition.status = try message.sharedString()
                case 5: condition.reason = try message.string()
                case 6: condition.message = try message.string()
                default: break
                }
            }
            conditions.append(condition)
        }
    }
}

extension Pod {
    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        defer { findWorkload(scanner.pool) }
        while try scanner.nextField() {
            switch scanner.field {
            case 1: meta = try scanner.metadata(keeping: .mesh)
            case 2:
                var spec = try scanner.message()
                while try spec.nextField() {
                    if spec.field == 10 { nodeName = try spec.sharedString() } else { try facts.take(&spec) }
                }
            case 3:
                var status = try scanner.message()
                try readStatus(&status)
            default: break
            }
        }
    }

    private mutating func readStatus(_ status: inout ProtobufScanner) throws(JSONError) {
        while try status.nextField() {
            switch status.field {
            case 1: phase = try status.sharedString()
            case 2:
                var condition = try status.message()
                var (type, state) = ("", "")
                while try condition.nextField() {
                    switch condition.field {
                    case 1: type = try condition.string()
                    case 2: state = try condition.string()
                    default: break
                    }
                }
                if type == "Ready" { isReady = state == "True" }
            case 4:
                let text = try status.sharedString()
                if !text.isEmpty { reason = text }
            case 6: podIP = try status.string()
            case 8:
                var container = try status.message()
                try readContainerStatus(&container)
            default: break
            }
        }
    }

    private mutating func readContainerStatus(_ status: inout ProtobufScanner) throws(JSONError) {
        while try status.nextField() {
            switch status.field {
            case 2:
                // ContainerState: waiting has its reason in 1, terminated in 3.
                var state = try status.message()
                while try state.nextField() {
                    let place = state.field == 1 ? 1 : state.field == 3 ? 3 : 0
                    guard place > 0 else { continue }
                    var detail = try state.message()
                    while try detail.nextField() {
                        if detail.field == place { reason = try detail.sharedString() }
                    }
                }
            case 4: if try status.bool() { readyContainers += 1 }
            case 5: restarts += try status.int()
            default: break
            }
        }
    }
}

extension Workload {
    /// Deployment, StatefulSet and DaemonSet number their fields differently.
    private struct Numbers {
        var replicas = 0
        var template: Int
        var paused = 0
        var observedGeneration: Int
        var desired = 0
        package var ready: Int
        var available: Int
        var updated: Int
        var conditions: Int

        package static func of(_ kind: String) -> Numbers? {
            switch kind {
            case "Deployment":
                Numbers(
                    replicas: 1, template: 3, paused: 7, observedGeneration: 1, ready: 7, available: 4, updated: 3,
                    conditions: 6)
            case "StatefulSet":
                Numbers(
                    replicas: 1, template: 3, observedGeneration: 1, ready: 3, available: 11, updated: 5, conditions: 10
                )
            case "DaemonSet":
                Numbers(
                    template: 2, observedGeneration: 5, desired: 3, ready: 4, available: 7, updated: 6, conditions: 10)
            default: nil
            }
        }
    }

    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        guard let numbers = Numbers.of(kind) else {
            throw JSONError("protobuf: \(SafeText.line(kind, limit: 60)) is no workload", at: 0)
        }
        while try scanner.nextField() {
            switch scanner.field {
            case 1:
                var inner = try scanner.message()
                takeMeta(try ObjectMeta(&inner, keeping: .applied))
            case 2:
                var spec = try scanner.message()
                while try spec.nextField() {
                    switch spec.field {
                    case numbers.replicas: replicas = try spec.int()
                    case numbers.paused: isPaused = try spec.bool()
                    case numbers.template: try readTemplate(&spec)
                    default: break
                    }
                }
            case 3:
                var status = try scanner.message()
                try readStatus(&status, numbers)
            default: break
            }
        }
        if readyReplicas == nil { readyReplicas = 0 }
    }

    private mutating func readTemplate(_ spec: inout ProtobufScanner) throws(JSONError) {
        var template = try spec.message()
        while try template.nextField() {
            guard [1, 2].contains(template.field) else { continue }
            let isMetadata = template.field == 1
            var inner = try template.message()
            if isMetadata {
                let meta = try ObjectMeta(&inner, keeping: .mesh)
                (podLabels, podAnnotations) = (meta.labels, meta.annotations)
            } else {
                while try inner.nextField() { try facts.take(&inner) }
            }
        }
    }

    private mutating func readStatus(_ status: inout ProtobufScanner, _ numbers: Numbers) throws(JSONError) {
        while try status.nextField() {
            switch status.field {
            case numbers.observedGeneration: observedGeneration = try status.int()
            case numbers.desired: replicas = try status.int()
            case numbers.ready: readyReplicas = try status.int()
            case numbers.available: availableReplicas = try status.int()
            case numbers.updated: updatedReplicas = try status.int()
            case numbers.conditions:
                var condition = try status.message()
                var (type, reason) = ("", "")
                while try condition.nextField() {
                    switch condition.field {
                    case 1: type = try condition.string()
                    case 4: reason = try condition.sharedString()
                    default: break
                    }
                }
                if type == "Progressing" { progressingReason = reason }
            default: break
            }
        }
    }
}

extension HorizontalPodAutoscaler {
    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        while try scanner.nextField() {
            switch scanner.field {
            case 1: meta = try scanner.metadata(keeping: .mesh)
            case 2:
                var spec = try scanner.message()
                while try spec.nextField() {
                    switch spec.field {
                    case 1:
                        var target = try spec.message()
                        while try target.nextField() {
                            switch target.field {
                            case 1: targetKind = try target.sharedString()
                            case 2: targetName = try target.sharedString()
                            default: break
                            }
                        }
                    case 2: minimum = try spec.int()
                    case 3: maximum = try spec.int()
                    default: break
                    }
                }
            case 3:
                var status = try scanner.message()
                while try status.nextField() {
                    switch status.field {
                    case 3: current = try status.int()
                    case 4: desired = try status.int()
                    default: break
                    }
                }
            default: break
            }
        }
    }
}
