// Made by Scripts/derive-patch-keys.py from the Go types of the Kubernetes API: which lists merge, and by what.
// Do not edit; the form of the table is described in the script.

// swift-format-ignore
let patchKeyTable = """
CSINodeSpec drivers:merge:name
CSINodeStatus storageHealth:merge:name
CompositePodGroupTemplate podGroupTemplates:::PodGroupTemplate compositePodGroupTemplates:::CompositePodGroupTemplate
Container ports:merge:containerPort env:merge:name volumeMounts:merge:mountPath volumeDevices:merge:devicePath
ContainerStatus volumeMounts:merge:mountPath allocatedResourcesStatus:merge:name
CronJobSpec jobTemplate:::JobTemplateSpec
DaemonSetSpec template:::PodTemplateSpec
DaemonSetStatus conditions:merge:type
DeploymentSpec template:::PodTemplateSpec strategy:retainKeys
DeploymentStatus conditions:merge:type
DeviceTaintRuleStatus conditions:merge:type
EphemeralContainer ports:merge:containerPort env:merge:name volumeMounts:merge:mountPath volumeDevices:merge:devicePath
EphemeralVolumeSource volumeClaimTemplate:::PersistentVolumeClaimTemplate
FlowSchemaStatus conditions:merge:type
HorizontalPodAutoscalerStatus conditions:merge:type
JobSchedulingConfiguration resourceClaims:merge:name
JobSpec template:::PodTemplateSpec scheduling:::JobSchedulingConfiguration
JobStatus conditions:merge:type
JobTemplateSpec metadata:::ObjectMeta spec:::JobSpec
MutatingAdmissionPolicySpec matchConditions:merge:name
MutatingWebhook matchConditions:merge:name
NamespaceStatus conditions:merge:type
NodeAllocatableResourceClaimStatus mapping:merge:name overhead:merge:name
NodeSpec podCIDRs:merge
NodeStatus conditions:merge:type addresses:merge:type
ObjectMeta finalizers:merge ownerReferences:merge:uid
PersistentVolumeClaimStatus conditions:merge:type healthStatus:::VolumeHealthStatus
PersistentVolumeClaimTemplate metadata:::ObjectMeta
PodCertificateRequestStatus conditions:merge:type
PodDisruptionBudgetSpec selector:replace
PodDisruptionBudgetStatus conditions:merge:type
PodGroupSpec resourceClaims:merge,retainKeys:name
PodGroupStatus conditions:merge:type resourceClaimStatuses:merge,retainKeys:name
PodGroupTemplate resourceClaims:merge,retainKeys:name
PodSpec volumes:merge,retainKeys:name:Volume initContainers:merge:name:Container containers:merge:name:Container ephemeralContainers:merge:name:EphemeralContainer imagePullSecrets:merge:name hostAliases:merge:ip topologySpreadConstraints:merge:topologyKey schedulingGates:merge:name resourceClaims:merge,retainKeys:name evictionResponders:merge:name
PodStatus conditions:merge:type hostIPs:merge:ip podIPs:merge:ip initContainerStatuses:::ContainerStatus containerStatuses:::ContainerStatus ephemeralContainerStatuses:::ContainerStatus resourceClaimStatuses:merge,retainKeys:name nodeAllocatableResourceClaimStatuses:merge:resourceClaimName:NodeAllocatableResourceClaimStatus volumeHealth:::PodVolumeHealth
PodTemplateSpec metadata:::ObjectMeta spec:::PodSpec
PodVolumeHealth healthConditions:merge:status
PriorityLevelConfigurationStatus conditions:merge:type
ReplicaSetSpec template:::PodTemplateSpec
ReplicaSetStatus conditions:merge:type
ReplicationControllerSpec template:::PodTemplateSpec
ReplicationControllerStatus conditions:merge:type
ResourceClaimStatus reservedFor:merge:uid
ResourceClaimTemplateSpec metadata:::ObjectMeta
ServiceCIDRStatus conditions:merge:type
ServiceSpec ports:merge:port
ServiceStatus conditions:merge:type
StatefulSetSpec template:::PodTemplateSpec volumeClaimTemplates:::v1/PersistentVolumeClaim
StatefulSetStatus conditions:merge:type
StorageVersionMigrationStatus conditions:merge:type
ValidatingAdmissionPolicySpec matchConditions:merge:name variables:merge:name
ValidatingWebhook matchConditions:merge:name
Volume ephemeral:::EphemeralVolumeSource
VolumeHealthStatus healthConditions:merge:status
WorkloadSpec podGroupTemplates:::PodGroupTemplate compositePodGroupTemplates:::CompositePodGroupTemplate
admissionregistration.k8s.io/v1/MutatingAdmissionPolicy metadata:::ObjectMeta spec:::MutatingAdmissionPolicySpec
admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding metadata:::ObjectMeta
admissionregistration.k8s.io/v1/MutatingWebhookConfiguration metadata:::ObjectMeta webhooks:merge:name:MutatingWebhook
admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy metadata:::ObjectMeta spec:::ValidatingAdmissionPolicySpec
admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding metadata:::ObjectMeta
admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration metadata:::ObjectMeta webhooks:merge:name:ValidatingWebhook
admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy metadata:::ObjectMeta spec:::admissionregistration.v1beta1.MutatingAdmissionPolicySpec
admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicyBinding metadata:::ObjectMeta
admissionregistration.k8s.io/v1beta1/MutatingWebhookConfiguration metadata:::ObjectMeta webhooks:merge:name:admissionregistration.v1beta1.MutatingWebhook
admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicy metadata:::ObjectMeta spec:::admissionregistration.v1beta1.ValidatingAdmissionPolicySpec
admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicyBinding metadata:::ObjectMeta
admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration metadata:::ObjectMeta webhooks:merge:name:admissionregistration.v1beta1.ValidatingWebhook
admissionregistration.v1beta1.MutatingAdmissionPolicySpec matchConditions:merge:name
admissionregistration.v1beta1.MutatingWebhook matchConditions:merge:name
admissionregistration.v1beta1.ValidatingAdmissionPolicySpec matchConditions:merge:name variables:merge:name
admissionregistration.v1beta1.ValidatingWebhook matchConditions:merge:name
apiextensions.k8s.io/v1/CustomResourceDefinition metadata:::ObjectMeta
apiregistration.k8s.io/v1/APIService metadata:::ObjectMeta
apps/v1/ControllerRevision metadata:::ObjectMeta
apps/v1/DaemonSet metadata:::ObjectMeta spec:::DaemonSetSpec status:::DaemonSetStatus
apps/v1/Deployment metadata:::ObjectMeta spec:::DeploymentSpec status:::DeploymentStatus
apps/v1/ReplicaSet metadata:::ObjectMeta spec:::ReplicaSetSpec status:::ReplicaSetStatus
apps/v1/StatefulSet metadata:::ObjectMeta spec:::StatefulSetSpec status:::StatefulSetStatus
authentication.k8s.io/v1/SelfSubjectReview metadata:::ObjectMeta
authentication.k8s.io/v1/TokenRequest metadata:::ObjectMeta
authentication.k8s.io/v1/TokenReview metadata:::ObjectMeta
authentication.k8s.io/v1beta1/SelfSubjectReview metadata:::ObjectMeta
authentication.k8s.io/v1beta1/TokenReview metadata:::ObjectMeta
authorization.k8s.io/v1/LocalSubjectAccessReview metadata:::ObjectMeta
authorization.k8s.io/v1/SelfSubjectAccessReview metadata:::ObjectMeta
authorization.k8s.io/v1/SelfSubjectRulesReview metadata:::ObjectMeta
authorization.k8s.io/v1/SubjectAccessReview metadata:::ObjectMeta
authorization.k8s.io/v1beta1/LocalSubjectAccessReview metadata:::ObjectMeta
authorization.k8s.io/v1beta1/SelfSubjectAccessReview metadata:::ObjectMeta
authorization.k8s.io/v1beta1/SelfSubjectRulesReview metadata:::ObjectMeta
authorization.k8s.io/v1beta1/SubjectAccessReview metadata:::ObjectMeta
autoscaling/v1/HorizontalPodAutoscaler metadata:::ObjectMeta
autoscaling/v1/Scale metadata:::ObjectMeta
autoscaling/v2/HorizontalPodAutoscaler metadata:::ObjectMeta status:::HorizontalPodAutoscalerStatus
batch.v1beta1.CronJobSpec jobTemplate:::batch.v1beta1.JobTemplateSpec
batch.v1beta1.JobTemplateSpec metadata:::ObjectMeta
batch/v1/CronJob metadata:::ObjectMeta spec:::CronJobSpec
batch/v1/Job metadata:::ObjectMeta spec:::JobSpec status:::JobStatus
batch/v1beta1/CronJob metadata:::ObjectMeta spec:::batch.v1beta1.CronJobSpec
certificates.k8s.io/v1/CertificateSigningRequest metadata:::ObjectMeta
certificates.k8s.io/v1/ClusterTrustBundle metadata:::ObjectMeta
certificates.k8s.io/v1/PodCertificateRequest metadata:::ObjectMeta status:::PodCertificateRequestStatus
certificates.k8s.io/v1beta1/CertificateSigningRequest metadata:::ObjectMeta
certificates.k8s.io/v1beta1/ClusterTrustBundle metadata:::ObjectMeta
certificates.k8s.io/v1beta1/PodCertificateRequest metadata:::ObjectMeta status:::certificates.v1beta1.PodCertificateRequestStatus
certificates.v1beta1.PodCertificateRequestStatus conditions:merge:type
coordination.k8s.io/v1/Lease metadata:::ObjectMeta
coordination.k8s.io/v1beta1/Lease metadata:::ObjectMeta
coordination.k8s.io/v1beta1/LeaseCandidate metadata:::ObjectMeta
discovery.k8s.io/v1/EndpointSlice metadata:::ObjectMeta
discovery.k8s.io/v1beta1/EndpointSlice metadata:::ObjectMeta
events.k8s.io/v1/Event metadata:::ObjectMeta
events.k8s.io/v1beta1/Event metadata:::ObjectMeta
flowcontrol.apiserver.k8s.io/v1/FlowSchema metadata:::ObjectMeta status:::FlowSchemaStatus
flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration metadata:::ObjectMeta status:::PriorityLevelConfigurationStatus
flowcontrol.apiserver.k8s.io/v1beta1/FlowSchema metadata:::ObjectMeta
flowcontrol.apiserver.k8s.io/v1beta1/PriorityLevelConfiguration metadata:::ObjectMeta
flowcontrol.apiserver.k8s.io/v1beta2/FlowSchema metadata:::ObjectMeta
flowcontrol.apiserver.k8s.io/v1beta2/PriorityLevelConfiguration metadata:::ObjectMeta
flowcontrol.apiserver.k8s.io/v1beta3/FlowSchema metadata:::ObjectMeta status:::flowcontrol.v1beta3.FlowSchemaStatus
flowcontrol.apiserver.k8s.io/v1beta3/PriorityLevelConfiguration metadata:::ObjectMeta status:::flowcontrol.v1beta3.PriorityLevelConfigurationStatus
flowcontrol.v1beta3.FlowSchemaStatus conditions:merge:type
flowcontrol.v1beta3.PriorityLevelConfigurationStatus conditions:merge:type
networking.k8s.io/v1/IPAddress metadata:::ObjectMeta
networking.k8s.io/v1/Ingress metadata:::ObjectMeta
networking.k8s.io/v1/IngressClass metadata:::ObjectMeta
networking.k8s.io/v1/NetworkPolicy metadata:::ObjectMeta
networking.k8s.io/v1/ServiceCIDR metadata:::ObjectMeta status:::ServiceCIDRStatus
networking.k8s.io/v1beta1/IPAddress metadata:::ObjectMeta
networking.k8s.io/v1beta1/Ingress metadata:::ObjectMeta
networking.k8s.io/v1beta1/IngressClass metadata:::ObjectMeta
networking.k8s.io/v1beta1/ServiceCIDR metadata:::ObjectMeta status:::networking.v1beta1.ServiceCIDRStatus
networking.v1beta1.ServiceCIDRStatus conditions:merge:type
node.k8s.io/v1/RuntimeClass metadata:::ObjectMeta
node.k8s.io/v1beta1/RuntimeClass metadata:::ObjectMeta
policy.v1beta1.PodDisruptionBudgetStatus conditions:merge:type
policy/v1/Eviction metadata:::ObjectMeta
policy/v1/PodDisruptionBudget metadata:::ObjectMeta spec:::PodDisruptionBudgetSpec status:::PodDisruptionBudgetStatus
policy/v1beta1/Eviction metadata:::ObjectMeta
policy/v1beta1/PodDisruptionBudget metadata:::ObjectMeta status:::policy.v1beta1.PodDisruptionBudgetStatus
rbac.authorization.k8s.io/v1/ClusterRole metadata:::ObjectMeta
rbac.authorization.k8s.io/v1/ClusterRoleBinding metadata:::ObjectMeta
rbac.authorization.k8s.io/v1/Role metadata:::ObjectMeta
rbac.authorization.k8s.io/v1/RoleBinding metadata:::ObjectMeta
rbac.authorization.k8s.io/v1beta1/ClusterRole metadata:::ObjectMeta
rbac.authorization.k8s.io/v1beta1/ClusterRoleBinding metadata:::ObjectMeta
rbac.authorization.k8s.io/v1beta1/Role metadata:::ObjectMeta
rbac.authorization.k8s.io/v1beta1/RoleBinding metadata:::ObjectMeta
resource.k8s.io/v1/DeviceClass metadata:::ObjectMeta
resource.k8s.io/v1/DeviceTaintRule metadata:::ObjectMeta status:::DeviceTaintRuleStatus
resource.k8s.io/v1/ResourceClaim metadata:::ObjectMeta status:::ResourceClaimStatus
resource.k8s.io/v1/ResourceClaimTemplate metadata:::ObjectMeta spec:::ResourceClaimTemplateSpec
resource.k8s.io/v1/ResourceSlice metadata:::ObjectMeta
resource.k8s.io/v1beta1/DeviceClass metadata:::ObjectMeta
resource.k8s.io/v1beta1/ResourceClaim metadata:::ObjectMeta status:::resource.v1beta1.ResourceClaimStatus
resource.k8s.io/v1beta1/ResourceClaimTemplate metadata:::ObjectMeta spec:::resource.v1beta1.ResourceClaimTemplateSpec
resource.k8s.io/v1beta1/ResourceSlice metadata:::ObjectMeta
resource.k8s.io/v1beta2/DeviceClass metadata:::ObjectMeta
resource.k8s.io/v1beta2/DeviceTaintRule metadata:::ObjectMeta status:::resource.v1beta2.DeviceTaintRuleStatus
resource.k8s.io/v1beta2/ResourceClaim metadata:::ObjectMeta status:::resource.v1beta2.ResourceClaimStatus
resource.k8s.io/v1beta2/ResourceClaimTemplate metadata:::ObjectMeta spec:::resource.v1beta2.ResourceClaimTemplateSpec
resource.k8s.io/v1beta2/ResourceSlice metadata:::ObjectMeta
resource.v1beta1.ResourceClaimStatus reservedFor:merge:uid
resource.v1beta1.ResourceClaimTemplateSpec metadata:::ObjectMeta
resource.v1beta2.DeviceTaintRuleStatus conditions:merge:type
resource.v1beta2.ResourceClaimStatus reservedFor:merge:uid
resource.v1beta2.ResourceClaimTemplateSpec metadata:::ObjectMeta
scheduling.k8s.io/v1/PriorityClass metadata:::ObjectMeta
scheduling.k8s.io/v1beta1/PodGroup metadata:::ObjectMeta spec:::PodGroupSpec status:::PodGroupStatus
scheduling.k8s.io/v1beta1/PriorityClass metadata:::ObjectMeta
scheduling.k8s.io/v1beta1/Workload metadata:::ObjectMeta spec:::WorkloadSpec
storage.k8s.io/v1/CSIDriver metadata:::ObjectMeta
storage.k8s.io/v1/CSINode metadata:::ObjectMeta spec:::CSINodeSpec status:::CSINodeStatus
storage.k8s.io/v1/CSIStorageCapacity metadata:::ObjectMeta
storage.k8s.io/v1/StorageClass metadata:::ObjectMeta
storage.k8s.io/v1/VolumeAttachment metadata:::ObjectMeta
storage.k8s.io/v1/VolumeAttributesClass metadata:::ObjectMeta
storage.k8s.io/v1beta1/CSIDriver metadata:::ObjectMeta
storage.k8s.io/v1beta1/CSINode metadata:::ObjectMeta spec:::storage.v1beta1.CSINodeSpec status:::storage.v1beta1.CSINodeStatus
storage.k8s.io/v1beta1/CSIStorageCapacity metadata:::ObjectMeta
storage.k8s.io/v1beta1/StorageClass metadata:::ObjectMeta
storage.k8s.io/v1beta1/VolumeAttachment metadata:::ObjectMeta
storage.k8s.io/v1beta1/VolumeAttributesClass metadata:::ObjectMeta
storage.v1beta1.CSINodeSpec drivers:merge:name
storage.v1beta1.CSINodeStatus storageHealth:merge:name
storagemigration.k8s.io/v1/StorageVersionMigration metadata:::ObjectMeta status:::StorageVersionMigrationStatus
storagemigration.k8s.io/v1beta1/StorageVersionMigration metadata:::ObjectMeta status:::storagemigration.v1beta1.StorageVersionMigrationStatus
storagemigration.v1beta1.StorageVersionMigrationStatus conditions:merge:type
v1/Binding metadata:::ObjectMeta
v1/ComponentStatus metadata:::ObjectMeta conditions:merge:type
v1/ConfigMap metadata:::ObjectMeta
v1/Endpoints metadata:::ObjectMeta
v1/Event metadata:::ObjectMeta
v1/LimitRange metadata:::ObjectMeta
v1/Namespace metadata:::ObjectMeta status:::NamespaceStatus
v1/Node metadata:::ObjectMeta spec:::NodeSpec status:::NodeStatus
v1/PersistentVolume metadata:::ObjectMeta
v1/PersistentVolumeClaim metadata:::ObjectMeta status:::PersistentVolumeClaimStatus
v1/Pod metadata:::ObjectMeta spec:::PodSpec status:::PodStatus
v1/PodTemplate metadata:::ObjectMeta template:::PodTemplateSpec
v1/RangeAllocation metadata:::ObjectMeta
v1/ReplicationController metadata:::ObjectMeta spec:::ReplicationControllerSpec status:::ReplicationControllerStatus
v1/ResourceQuota metadata:::ObjectMeta
v1/Secret metadata:::ObjectMeta
v1/Service metadata:::ObjectMeta spec:::ServiceSpec status:::ServiceStatus
v1/ServiceAccount metadata:::ObjectMeta secrets:merge:name
"""
