#!/usr/bin/env python3
"""Derives the demo mesh's table of the built-in kinds' fields from the Go types of the Kubernetes API.

Facts only: field numbers, JSON names, types and whether a field is a pointer; no comments, no validation.
Usage: Scripts/derive-protobuf.py KUBERNETES-API.git > Sources/DemoMesh/Messages/BuiltInMessages.swift
where the argument is the git directory of a clone of https://github.com/kubernetes/api.

The table has one line for each message: its name, then its fields, each NUMBER:NAME:TYPE with
  s string, b bool, i int32, l int64, d double, y bytes, T time, U time with microseconds, Q quantity,
  O int or string, J raw JSON, L a message of strings that is a list in JSON, or @MESSAGE
  [TYPE list      {TYPE map from strings
  ?  after TYPE: a pointer, so that zero is a value      !  always written in JSON      ^  its members are its parent's
"""
import re, subprocess, sys

PACKAGES = {
    "core": "core/v1", "apps": "apps/v1", "autoscaling": "autoscaling/v1", "autoscalingv2": "autoscaling/v2",
    "discovery": "discovery/v1", "authorization": "authorization/v1", "authentication": "authentication/v1",
    "networking": "networking/v1", "policy": "policy/v1",
}
ROOTS = [
    ("core", name) for name in (
        "Namespace Node Pod Service ConfigMap Secret ServiceAccount Event Endpoints").split()
] + [("apps", name) for name in "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision".split()] + [
    ("autoscalingv2", "HorizontalPodAutoscaler"), ("autoscaling", "HorizontalPodAutoscaler"), ("autoscaling", "Scale"),
    ("discovery", "EndpointSlice"), ("networking", "NetworkPolicy"), ("policy", "Eviction"), ("policy", "PodDisruptionBudget"), ("authorization", "SelfSubjectAccessReview"),
    ("authorization", "SelfSubjectRulesReview"), ("authentication", "SelfSubjectReview"),
]
# k8s.io/apimachinery's types, which the API repository only refers to.
MACHINERY = """
ObjectMeta 1:name:s 2:generateName:s 3:namespace:s 4:selfLink:s 5:uid:s 6:resourceVersion:s 7:generation:l 8:creationTimestamp:T 9:deletionTimestamp:T? 10:deletionGracePeriodSeconds:l? 11:labels:{s 12:annotations:{s 13:ownerReferences:[@OwnerReference 14:finalizers:[s 17:managedFields:[@ManagedFieldsEntry
OwnerReference 5:apiVersion:s! 1:kind:s! 3:name:s! 4:uid:s! 6:controller:b? 7:blockOwnerDeletion:b?
ManagedFieldsEntry 1:manager:s 2:operation:s 3:apiVersion:s 4:time:T? 6:fieldsType:s 7:fieldsV1:J 8:subresource:s
ListMeta 1:selfLink:s 2:resourceVersion:s 3:continue:s 4:remainingItemCount:l?
LabelSelector 1:matchLabels:{s 2:matchExpressions:[@LabelSelectorRequirement
LabelSelectorRequirement 1:key:s! 2:operator:s! 3:values:[s
Condition 1:type:s! 2:status:s! 3:observedGeneration:l 4:lastTransitionTime:T! 5:reason:s! 6:message:s!
Status 1:metadata:@ListMeta 2:status:s 3:message:s 4:reason:s 5:details:@StatusDetails? 6:code:i
StatusDetails 1:name:s 2:group:s 3:kind:s 6:uid:s 4:causes:[@StatusCause 5:retryAfterSeconds:i
StatusCause 1:reason:s 2:message:s 3:field:s
DeleteOptions 1:gracePeriodSeconds:l? 2:preconditions:@Preconditions? 3:orphanDependents:b? 4:propagationPolicy:s? 5:dryRun:[s 6:ignoreStoreReadErrorWithClusterBreakingPotential:b?
Preconditions 1:uid:s? 2:resourceVersion:s?
PartialObjectMetadata 1:metadata:@ObjectMeta
""".strip().splitlines()
SCALARS = {
    "string": "s", "bool": "b", "int32": "i", "int64": "l", "int": "l", "float64": "d", "[]byte": "y",
    "metav1.Time": "T", "metav1.MicroTime": "U", "resource.Quantity": "Q", "intstr.IntOrString": "O",
    "types.UID": "s", "metav1.FieldsV1": "J", "runtime.RawExtension": "J", "metav1.ConditionStatus": "s",
}
# How the packages call each other.
IMPORTS = {"v1": "core", "corev1": "core"}


def source(git, path):
    return subprocess.run(
        ["git", "--git-dir", git, "show", f"HEAD:{path}/types.go"], check=True, capture_output=True, text=True).stdout


def parse(text):
    structs, aliases = {}, {}
    for match in re.finditer(r"^type (\w+) struct \{\n(.*?)^\}", text, re.S | re.M):
        structs[match[1]] = match[2]
    for match in re.finditer(r"^type (\w+) ((?!struct)\S+)$", text, re.M):
        aliases[match[1]] = match[2]
    return structs, aliases


def main(git):
    parsed = {name: parse(source(git, path)) for name, path in PACKAGES.items()}
    lines, queue = {}, list(ROOTS)

    def shown(package, name):
        taken = [other for other in PACKAGES if other != package and name in parsed[other][0]]
        return name if package == "core" or not taken or package == "autoscalingv2" else f"{package}.{name}"

    def code(package, kind):
        kind = re.sub(r"/\*.*\*/", "", kind)
        if kind in SCALARS:
            return SCALARS[kind]
        if kind.startswith("*"):
            return code(package, kind[1:]) + "?"
        if kind.startswith("[]"):
            return "[" + code(package, kind[2:])
        if match := re.fullmatch(r"map\[[\w.]+\](.+)", kind):
            return "{" + code(package, match[1])
        prefix, _, name = kind.rpartition(".")
        if prefix == "metav1":
            return "@" + name
        owner = IMPORTS.get(prefix, prefix) if prefix else package
        structs, aliases = parsed[owner]
        if name in aliases:
            target = aliases[name]
            return "L" if target == "[]string" else code(owner, target)
        assert name in structs, (package, kind)
        if (owner, name) not in queue:
            queue.append((owner, name))
        return "@" + shown(owner, name)

    for package, name in queue:
        fields = []
        for line in parsed[package][0][name].splitlines():
            match = re.match(r'\s*(?:\w+\s+)?([\w.*\[\]]+)\s+`json:"([^"]*)".*?protobuf:"(?:bytes|varint|fixed64),(\d+),', line)
            if not match:
                continue
            kind, tag, number = match.groups()
            json, *options = tag.split(",")
            flags = "^" if "inline" in options or not json else "" if "omitempty" in options else "!"
            fields.append(f"{number}:{json}:{code(package, kind)}{flags}")
        lines[shown(package, name)] = " ".join(fields)

    print("// Made by Scripts/derive-protobuf.py from the Go types of the Kubernetes API: field numbers, names and types.")
    print("// Do not edit; the form of the table is described in the script.\n\n// swift-format-ignore")
    print('let builtInMessageTable = """')
    print("\n".join(MACHINERY))
    for name in sorted(lines):
        print(name, lines[name])
    print('"""')


main(sys.argv[1])
