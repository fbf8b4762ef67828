#!/usr/bin/env python3
"""Derives the demo mesh's compact schema table from the Istio and Gateway API CRDs.

Facts only: field names, types, enums, required fields and bounds; no descriptions, no rules' text.
Usage: Scripts/derive-schemas.py CRD.yaml... > Sources/Istio/Schema/CustomSchemas.swift   (needs PyYAML)

The table is JSON. A schema is one of
  "s" string, "i" int32, "l" int64, "n" number, "b" boolean, "*" anything, "u" an unsigned integer
  ["e", ...]          string with these values
  {"p": {...}, "r": [...]}   object with members, required members
  {"m": S}            map of string to S      {"a": S}  list of S
  {"t": "i", "min": x, "max": y}   a bounded number
"""
import json, sys, yaml

KINDS = {
    "virtualservices.networking.istio.io", "destinationrules.networking.istio.io", "gateways.networking.istio.io",
    "serviceentries.networking.istio.io", "sidecars.networking.istio.io", "workloadentries.networking.istio.io",
    "peerauthentications.security.istio.io", "authorizationpolicies.security.istio.io",
    "requestauthentications.security.istio.io", "telemetries.telemetry.istio.io", "envoyfilters.networking.istio.io",
    "workloadgroups.networking.istio.io", "proxyconfigs.networking.istio.io", "wasmplugins.extensions.istio.io",
    "httproutes.gateway.networking.k8s.io", "grpcroutes.gateway.networking.k8s.io",
    "gateways.gateway.networking.k8s.io", "gatewayclasses.gateway.networking.k8s.io",
}

def compact(s):
    if s.get("x-kubernetes-preserve-unknown-fields") or s.get("x-kubernetes-int-or-string"):
        return "*"
    kind = s.get("type")
    if kind == "object":
        if "properties" in s:
            out = {"p": {k: compact(v) for k, v in sorted(s["properties"].items())}}
            if s.get("required"):
                out["r"] = s["required"]
            return out
        if isinstance(s.get("additionalProperties"), dict):
            return {"m": compact(s["additionalProperties"])}
        return {"p": {}} if "additionalProperties" not in s else "*"
    if kind == "array":
        return {"a": compact(s.get("items", {}))}
    if kind == "string":
        return ["e"] + s["enum"] if "enum" in s else "s"
    if kind in ("integer", "number"):
        t = "n" if kind == "number" else ("l" if s.get("format") == "int64" else "i")
        out = {"t": t}
        if "minimum" in s: out["min"] = s["minimum"]
        if "maximum" in s: out["max"] = s["maximum"]
        return out if len(out) > 1 else t
    if kind == "boolean":
        return "b"
    return "*"

table = {}
for path in sys.argv[1:]:
    for doc in yaml.safe_load_all(open(path)):
        if not doc or doc.get("kind") != "CustomResourceDefinition" or doc["metadata"]["name"] not in KINDS:
            continue
        versions = doc["spec"]["versions"]
        v = next((v for v in versions if v["name"] == "v1"), versions[0])
        props = v["schema"]["openAPIV3Schema"]["properties"]
        entry = {"spec": compact(props["spec"])} if "spec" in props else {}
        entry["required"] = v["schema"]["openAPIV3Schema"].get("required", [])
        entry["columns"] = [[c["name"], c["type"], c["jsonPath"]] for c in v.get("additionalPrinterColumns", [])]
        table[doc["metadata"]["name"]] = entry

# Identical parts are written once and named: traffic policies repeat many times.
parts, names = {}, {}
def share(node):
    if isinstance(node, dict):
        node = {k: share(v) for k, v in node.items()}
        if "p" in node:
            text = json.dumps(node, sort_keys=True)
            if len(text) > 120:
                parts[text] = parts.get(text, 0) + 1
                names.setdefault(text, "#%d" % len(names))
                return {"ref": names[text]}
        return node
    if isinstance(node, list):
        return [share(x) for x in node]
    return node
shared = {k: {"spec": share(v["spec"]) if "spec" in v else "*", "required": v["required"], "columns": v["columns"]} for k, v in sorted(table.items())}
document = {"parts": {names[t]: json.loads(t) for t in parts}, "kinds": shared}
print("// Made by Scripts/derive-schemas.py from the CRDs of Istio and the Gateway API: fields, types, enums and bounds.")
print("// Do not edit; the form of the table is described in the script.\n")
print("// swift-format-ignore")
print("let customSchemaTable = #\"\"\"")
text = json.dumps(document, separators=(",", ":"))
while text:
    cut = text[:4000]
    print(cut if len(text) <= 4000 else cut, end="\\#\n" if len(text) > 4000 else "\n")
    text = text[4000:]
print("\"\"\"#")
