// The codes of findings with what each means.

/// The IST codes that MeshTop decides and its own MT codes.
package enum FindingCode: String, Sendable, CaseIterable {
    case deprecated = "IST0002"
    case notFound = "IST0101"
    case namespaceNotInjected = "IST0102"
    case podMissingProxy = "IST0103"
    case schemaError = "IST0106"
    case misplacedAnnotation = "IST0107"
    case unknownAnnotation = "IST0108"
    case conflictingMeshHosts = "IST0109"
    case conflictingSidecars = "IST0110"
    case sidecarsWithoutSelector = "IST0111"
    case portRequired = "IST0112"
    case servicesDisagreeOnProtocol = "IST0116"
    case portNameConvention = "IST0118"
    case multipleInjectionLabels = "IST0123"
    case invalidAnnotation = "IST0125"
    case unknownRegistry = "IST0126"
    case noMatchingWorkloads = "IST0127"
    case noServerVerification = "IST0128"
    case noServerVerificationAtPort = "IST0129"
    case unreachableRule = "IST0130"
    case ineffectiveMatch = "IST0131"
    case hostNotInGateway = "IST0132"
    case schemaWarning = "IST0133"
    case addressesRequired = "IST0134"
    case deprecatedAnnotation = "IST0135"
    case alphaAnnotation = "IST0136"
    case servicesDisagreeOnPort = "IST0137"
    case duplicateCertificate = "IST0138"
    case invalidWebhook = "IST0139"
    case ingressNotAffected = "IST0140"
    case insufficientPermissions = "IST0141"
    case kubernetesTooOld = "IST0142"
    case reservedUser = "IST0144"
    case conflictingGateways = "IST0145"
    case autoImageWarning = "IST0146"
    case autoImageError = "IST0147"
    case injectedByDefault = "IST0148"
    case claimRoutingWithoutAuthentication = "IST0149"
    case externalNamePort = "IST0150"
    case relativeOperation = "IST0151"
    case replaceOperation = "IST0152"
    case addOperation = "IST0153"
    case removeOperation = "IST0154"
    case relativeOperationWithVersion = "IST0155"
    case gatewayAPIUnsupported = "IST0156"
    case emptyTelemetryProviders = "IST0157"
    case proxyImageMismatch = "IST0158"
    case conflictingTelemetries = "IST0159"
    case telemetriesWithoutSelector = "IST0160"
    case invalidCredential = "IST0161"
    case gatewayPortNotOnService = "IST0162"
    case externalControlPlane = "IST0163"
    case externalControlPlaneAddress = "IST0164"
    case internalGateway = "IST0165"
    case ineffectiveSelector = "IST0166"
    case ineffectivePolicy = "IST0167"
    case upgradeChanges = "IST0169"
    case negativeCondition = "IST0171"
    case gatewayAPIUnsupportedLater = "IST0172"
    case subsetWithoutPods = "IST0173"
    case unknownRuleHost = "IST0174"
    case keySetFetchUnrestricted = "IST0175"
    case gatewayAPIBelowMinimum = "IST0176"
    case conflictingEntryProtocols = "IST0177"

    case weights = "MT0001"
    case droppedField = "MT0002"
    case ignoredField = "MT0003"
    case retiredValue = "MT0004"
    case shadowedService = "MT0005"
    case timeoutBelowRetries = "MT0006"
    case ejectsEverything = "MT0007"
    case replicasFight = "MT0008"
    case retiredField = "MT0009"
    case routeTarget = "MT0010"
    case httpRuleOnTCP = "MT0011"
    case mtlsConflict = "MT0012"
    case networkPolicyBlocks = "MT0013"

    package var severity: Finding.Severity {
        switch self {
        case .notFound, .schemaError, .conflictingMeshHosts, .conflictingSidecars, .sidecarsWithoutSelector,
            .portRequired, .unknownRegistry, .invalidWebhook, .conflictingGateways, .autoImageError,
            .claimRoutingWithoutAuthentication, .replaceOperation, .addOperation, .removeOperation,
            .gatewayAPIUnsupported, .insufficientPermissions, .kubernetesTooOld, .conflictingTelemetries,
            .telemetriesWithoutSelector, .invalidCredential,
            .subsetWithoutPods, .droppedField, .routeTarget, .mtlsConflict:
            .error
        case .namespaceNotInjected, .portNameConvention, .ineffectiveMatch, .deprecatedAnnotation, .alphaAnnotation,
            .injectedByDefault, .externalControlPlaneAddress:
            .info
        default: .warning
        }
    }
}
