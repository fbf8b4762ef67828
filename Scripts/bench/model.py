"""The mesh model's part of the benchmarks: a metrics tick beside Kiali's own queries on the same Prometheus.

The queries are those that Kiali sends for its versioned-app graph, one namespace after the other (buildNamespaceTrafficMap
in https://github.com/kiali/kiali/blob/master/graph/telemetry/istio/istio.go): requests and TCP bytes, each unserviced,
inbound and outbound.
"""
import gzip, json, os, statistics, subprocess, tempfile, time, urllib.parse, urllib.request

NAMESPACES = [f"team-{index:02d}" for index in range(50)]
SERVICES = 1000
BOUNDS = ["1", "5", "10", "25", "50", "100", "250", "500", "1000", "+Inf"]


def write_samples(path, end):
    """20,000 series of istio_requests_total with exact rates, and the latency of the 8,000 edges they are of."""
    times = [end - 15 * step for step in range(5, -1, -1)]
    edges = []
    for index in range(SERVICES):
        namespace, number = NAMESPACES[index % 50], index // 50
        for step in (1, 2):
            callee = (number + step) % (SERVICES // 50)
            for source in ("v1", "v2"):
                for target in ("v1", "v2"):
                    edges.append((namespace, f"svc-{number:03d}", source, f"svc-{callee:03d}", target))
    count = 0
    with open(path, "w") as out:
        def labels(edge, reporter):
            namespace, service, source, callee, target = edge
            return (
                f'reporter="{reporter}",source_cluster="c1",source_workload_namespace="{namespace}",'
                f'source_workload="{service}-{source}",source_canonical_service="{service}",source_canonical_revision="{source}",'
                f'destination_cluster="c1",destination_service="{callee}.{namespace}.svc.cluster.local",'
                f'destination_service_name="{callee}",destination_service_namespace="{namespace}",'
                f'destination_workload_namespace="{namespace}",destination_workload="{callee}-{target}",'
                f'destination_canonical_service="{callee}",destination_canonical_revision="{target}"')
        out.write("# TYPE istio_requests counter\n")
        for place, edge in enumerate(edges):
            for reporter in ("source", "destination"):
                security = "unknown" if reporter == "source" else "mutual_tls"
                codes = [("200", 10)] + ([("503", 1)] if place % 2 == 0 else [])
                if count >= 20000:
                    codes = codes[:1]
                for code, rate in codes:
                    count += 1
                    for at in times:
                        out.write(
                            f'istio_requests_total{{{labels(edge, reporter)},request_protocol="http",response_code="{code}",'
                            f'response_flags="-",connection_security_policy="{security}"}} {rate * (at - end + 10000)} {at}\n')
        out.write("# TYPE istio_request_duration_milliseconds histogram\n")
        for edge in edges:
            for position, bound in enumerate(BOUNDS):
                for at in times:
                    out.write(
                        f'istio_request_duration_milliseconds_bucket{{{labels(edge, "destination")},le="{bound}"}} '
                        f'{(position + 1) * (at - end + 10000)} {at}\n')
        out.write("# EOF\n")
    return count


class Prometheus:
    def __init__(self, folder, end):
        samples = f"{folder}/samples.txt"
        self.series = write_samples(samples, end)
        subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", samples, f"{folder}/data"], check=True,
            stdout=subprocess.DEVNULL)
        os.remove(samples)
        open(f"{folder}/prometheus.yml", "w").write("global: {}\n")
        import socket
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error", "--query.max-samples=100000000"],
            env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        while True:
            try:
                if self.query("count(istio_requests_total)", end):
                    return
            except OSError:
                pass
            time.sleep(0.2)

    def query(self, text, at):
        data = urllib.parse.urlencode({"query": text, "time": at}).encode()
        # Compressed, as Go's transport asks for it when nobody says otherwise; so does our client.
        request = urllib.request.Request(f"{self.url}/api/v1/query", data, {"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            return json.loads(body)["data"]["result"]

    def stop(self):
        self.process.terminate()
        self.process.wait()


LABELS = (
    "source_cluster,source_workload_namespace,source_workload,source_canonical_service,source_canonical_revision,"
    "destination_cluster,destination_service_namespace,destination_service,destination_service_name,"
    "destination_workload_namespace,destination_workload,destination_canonical_service,destination_canonical_revision")


def kiali(prometheus, at):
    """Kiali's queries in its order; seconds."""
    def ask(metric, selector, by):
        prometheus.query(f"round(sum(rate({metric}{{{selector}}}[60s])) by ({by}),0.001) > 0", at)
    started = time.monotonic()
    for namespace in NAMESPACES:
        unserviced = (
            f'reporter="source",source_workload_namespace!="{namespace}",destination_workload_namespace="unknown",'
            f'destination_workload="unknown",destination_service=~"^.+\\\\.{namespace}\\\\..+$"')
        inbound = f'reporter="destination",destination_workload_namespace="{namespace}"'
        outbound = f'reporter="source",source_workload_namespace="{namespace}"'
        for selector in (unserviced, inbound, outbound):
            ask("istio_requests_total", selector,
                LABELS + ",request_protocol,response_code,grpc_response_status,response_flags")
        for selector in (unserviced, inbound, outbound):
            ask("istio_tcp_received_bytes_total", selector, "app," + LABELS + ",response_flags")
    return time.monotonic() - started


def kiali_with_latency(prometheus, at):
    """The same with the response times that its edge labels show; seconds."""
    seconds = kiali(prometheus, at)
    started = time.monotonic()
    for namespace in NAMESPACES:
        for selector in (
            f'reporter="destination",destination_service_namespace="{namespace}"',
            f'reporter="source",source_workload_namespace="{namespace}"',
        ):
            prometheus.query(
                "round(histogram_quantile(0.95,sum(rate(istio_request_duration_milliseconds_bucket"
                f"{{{selector}}}[60s])) by (le,{LABELS},request_protocol)) > 0,0.001)", at)
    return seconds + time.monotonic() - started


def measure(binary, server):
    """Figures of one run: Prometheus' series, Kiali's seconds without and with latency, and our own timings."""
    end = int(time.time()) // 15 * 15 - 900
    with tempfile.TemporaryDirectory() as folder:
        prometheus = Prometheus(folder, end)
        try:
            kiali(prometheus, end)  # both read a Prometheus that has read its blocks before
            bare = statistics.median(kiali(prometheus, end) for _ in range(5))
            full = statistics.median(kiali_with_latency(prometheus, end) for _ in range(3))
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
            result = subprocess.run(
                [binary, "snapshot", "--timings-at", stamp, "--prometheus", prometheus.url], check=True,
                stdout=subprocess.PIPE, env={**os.environ, **server.environment})
            return prometheus.series, bare, full, json.loads(result.stdout)
        finally:
            prometheus.stop()
