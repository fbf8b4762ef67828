// Whether a server lost a false, a 0 or an empty text that was asked for. In most fields of Kubernetes' own kinds such a
// value says no more than an absent one; where the Go type is a pointer it is a value of its own.

internal import Base
internal import Kube

enum ZeroValues {
    static func isOne(_ value: JSONValue) -> Bool { value == false || value == 0 || value == "" }

    /// `answered` is nil where the field is absent. `isBuiltIn`: the kind is one of Kubernetes itself.
    static func isLost(_ wanted: JSONValue, _ answered: JSONValue?, _ path: [String], isBuiltIn: Bool) -> Bool {
        guard isOne(wanted) else { return false }
        // What a webhook makes of a custom object passes through its own types, which leave out what is zero.
        guard let answered else { return isBuiltIn && isKept(path) }
        return !isBuiltIn || isKept(path) || !ServerDefault.isOne(answered, at: path)
    }

    private static func isKept(_ path: [String]) -> Bool {
        guard let name = path.last else { return false }
        return pointers.contains(name) || path.count > 1 && maps.contains(path[path.count - 2])
            || path.suffix(2) == ["spec", "replicas"]
            || path.suffix(2) == ["rollingUpdate", "partition"]
    }

    /// Fields whose members have whatever name: there every value stays.
    private static let maps: Set<String> = [
        "data", "binaryData", "labels", "annotations", "matchLabels", "nodeSelector", "selector", "parameters",
        "volumeAttributes",
    ]

    /// Whether a group's types are in the table below: definitions of kinds, and of APIs, have types of their own.
    static func knows(_ group: String) -> Bool {
        PatchGraph.builtInGroups.contains(group)
            && !["apiextensions.k8s.io", "apiregistration.k8s.io"].contains(group)
    }

    /// Fields that are pointers to a boolean, number or text in every type of the API that has them, 1.36.
    /// https://github.com/kubernetes/api (types.go of each group)
    private static let pointers = Set(
        """
        accessMode activeDeadlineSeconds adminAccess allocateLoadBalancerNodePorts allowMultipleAllocations
        allowPrivilegeEscalation allowVolumeExpansion appProtocol attachRequired automountServiceAccountToken
        averageUtilization backoffLimit backoffLimitPerIndex bindsToNode borrowingLimitPercent cachingMode
        completionMode completions defaultMode enableServiceLinks endPort expirationSeconds failedJobsHistoryLimit
        failurePolicy fsGroup fsGroupChangePolicy fsGroupPolicy gmsaCredentialSpec gmsaCredentialSpecName hostProcess
        hostUsers hostnameOverride immutable ingressClassName internalTrafficPolicy ipFamilyPolicy
        leaseDurationSeconds leaseTransitions lendablePercent loadBalancerClass localhostProfile lun managedBy
        manualSelector matchPolicy maxExpirationSeconds maxFailedIndexes maxSurge maxUnavailable minAvailable minDomains
        minReplicas mode mountPropagation nodeAffinityPolicy nodeAllocatableUpdatePeriodSeconds nodeTaintsPolicy
        nominalConcurrencyShares optional parallelism parameterNotFoundAction pathType persistentVolumeName
        podInfoOnMount podReplacementPolicy port preemptionPolicy priority privileged procMount
        progressDeadlineSeconds readOnlyRootFilesystem ready reclaimPolicy recursiveReadOnly requiresRepublish
        resourceClaimName resourceClaimTemplateName revisionHistoryLimit runAsGroup runAsNonRoot runAsUser
        runAsUserName runtimeClassName scope seLinuxChangePolicy seLinuxMount selectPolicy serving
        setHostnameAsFQDN shareProcessNamespace sideEffects stabilizationWindowSeconds startingDeadlineSeconds
        stopSignal storageCapacity successfulJobsHistoryLimit supplementalGroupsPolicy suspend
        targetAverageUtilization targetCPUUtilizationPercentage terminating terminationGracePeriodSeconds timeZone
        tolerationSeconds trafficDistribution ttlSecondsAfterFinished unhealthyPodEvictionPolicy url userNamespaces
        volumeAttributesClassName volumeBindingMode volumeMode zone
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
