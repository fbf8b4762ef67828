#!/usr/bin/env python3
"""Derives the table of merge keys and patch strategies of Kubernetes' built-in kinds from the Go types of its API.

Facts only. Usage: Scripts/derive-patch-keys.py KUBERNETES-API.git > Sources/Kube/Patching/PatchKeyTable.swift
where the argument is the git directory of a clone of https://github.com/kubernetes/api.

Each line is a type's name, then those of its fields that merge in a way of their own or hold something that does:
FIELD:STRATEGIES:KEY:TYPE, each part but the first may be empty. A name with a slash is a kind: VERSION/KIND or
GROUP/VERSION/KIND. The tags are `patchStrategy` and `patchMergeKey`, which the server publishes as
x-kubernetes-patch-strategy and x-kubernetes-patch-merge-key.
"""
import re, subprocess, sys

IMPORTS = {"v1": "core/v1", "corev1": "core/v1", "k8s_api_v1": "core/v1"}
# k8s.io/apimachinery's ObjectMeta, and two kinds of repositories of their own.
OBJECT_META = [("finalizers", "merge", "", ""), ("ownerReferences", "merge", "uid", "")]
OTHER_KINDS = ["apiextensions.k8s.io/v1/CustomResourceDefinition", "apiregistration.k8s.io/v1/APIService"]
LEFT_OUT = re.compile(r"alpha|extensions/v1beta1|apps/v1beta|admission/|imagepolicy/|apidiscovery/|apiserverinternal/")


def show(git, path):
    return subprocess.run(
        ["git", "--git-dir", git, "show", f"HEAD:{path}"], capture_output=True, text=True).stdout


def main(git):
    files = subprocess.run(
        ["git", "--git-dir", git, "ls-tree", "-r", "HEAD", "--name-only"], check=True, capture_output=True, text=True
    ).stdout.split()
    packages = [file[: -len("/types.go")] for file in files if file.endswith("/types.go") and not LEFT_OUT.search(file)]
    types, groups = {}, {}
    for package in packages:
        match = re.search(r'GroupName\s*=\s*"([^"]*)"', show(git, f"{package}/register.go"))
        groups[package] = match[1] if match else ""
        text = show(git, f"{package}/types.go")
        for match in re.finditer(r"^type (\w+) struct \{\n(.*?)^\}", text, re.S | re.M):
            types[package, match[1]] = match[2]

    def target(package, kind):
        kind = re.sub(r"^(\*|\[\]|map\[[\w.]+\])+", "", kind)
        prefix, _, name = kind.rpartition(".")
        if prefix == "metav1":
            return "ObjectMeta" if name == "ObjectMeta" else None
        owner = IMPORTS.get(prefix, package) if prefix else package
        return (owner, name) if (owner, name) in types else None

    fields = {"ObjectMeta": [(*field[:3], None) for field in OBJECT_META]}
    kinds = []
    for (package, name), body in types.items():
        found, is_kind = [], [False, False]
        for line in body.splitlines():
            match = re.match(r'\s*(?:(\w+)\s+)?([\w.*\[\]]+)\s+`(.*)`', line)
            if not match:
                continue
            own, kind, tags = match.groups()
            json = re.search(r'json:"([^",]*)', tags)
            if kind == "metav1.TypeMeta":
                is_kind[0] = True
                continue
            is_kind[1] = is_kind[1] or kind == "metav1.ObjectMeta"
            strategy = re.search(r'patchStrategy:"([^"]*)"', tags)
            key = re.search(r'patchMergeKey:"([^"]*)"', tags)
            to = target(package, kind)
            inline = json is None or json[1] == ""
            found.append((
                "" if inline else json[1], strategy[1] if strategy else "", key[1] if key else "", to))
        fields[package, name] = found
        if all(is_kind):
            kinds.append((package, name))

    # Inlined types' fields are their parents'.
    def flat(name):
        result = []
        for field in fields[name]:
            if field[0] == "" and field[3]:
                result += flat(field[3])
            elif field[0]:
                result.append(field)
        return result

    merged = {name: flat(name) for name in fields}
    telling = {name for name, found in merged.items() if any(field[1] for field in found)}
    while True:
        more = {name for name, found in merged.items() if any(field[3] in telling for field in found)} - telling
        if not more:
            break
        telling |= more

    taken = {}
    for name in sorted((name for name in telling if name != "ObjectMeta"), key=lambda name: (name[0] != "core/v1", name)):
        short = name[1]
        taken[name] = short if short not in taken.values() else name[0].replace("/", ".") + "." + short
    taken["ObjectMeta"] = "ObjectMeta"
    for package, name in kinds:
        group = groups[package]
        taken[package, name] = (group + "/" if group else "") + package.split("/")[1] + "/" + name

    reached, queue = [], [name for name in kinds if name in telling]
    while queue:
        name = queue.pop(0)
        if name in reached:
            continue
        reached.append(name)
        queue += [field[3] for field in merged[name] if field[3] in telling]
    lines = []
    for name in reached:
        words = [taken[name]]
        for field, strategy, key, to in merged[name]:
            if strategy or to in telling:
                words.append(f"{field}:{strategy}:{key}:{taken[to] if to in telling else ''}".rstrip(":"))
        lines.append(" ".join(words))
    lines += [f"{kind} metadata:::ObjectMeta" for kind in OTHER_KINDS]
    print("// Made by Scripts/derive-patch-keys.py from the Go types of the Kubernetes API: which lists merge, and by what.")
    print("// Do not edit; the form of the table is described in the script.\n\n// swift-format-ignore")
    print('let patchKeyTable = """')
    print("\n".join(sorted(lines)))
    print('"""')


main(sys.argv[1])
