// What is kept of the annotations of a mesh's objects.

package import Kube

extension AnnotationRule {
    /// Istio's own, but for what the injector notes in each pod, and what Kiali, the Gateway API and we ourselves set.
    package static let mesh = kubernetes.and(
        names: ["gateway.networking.k8s.io/bundle-version", ObjectMeta.rolloutAnnotation, "health.kiali.io/rate"],
        domains: ["istio.io"], but: ["sidecar.istio.io/status"], blocks: ["proxy.istio.io/config"])

    /// Of what people apply: with what they gave last, to see what the server dropped of it.
    package static let applied = mesh.and(blocks: [ObjectMeta.lastApplied])
}

extension ObjectMeta {
    /// What a guarded shift leaves on its route while it runs.
    package static let rolloutAnnotation = "meshtop.io/rollout"
}
