"""The benchmarks of `make bench`. Every figure stands beside a reference that ran in the same minute."""
import json, os, re, subprocess, sys, tempfile, time, urllib.request
import model as mesh_model
from measure import Terminal, median, percentile, run, table

binary = os.path.abspath(sys.argv[1])
parts = sys.argv[2:] or ["screen", "sync", "real", "model", "churn", "keys"]
home = tempfile.mkdtemp(prefix="meshtop-bench-")
environment = {"HOME": home, "XDG_STATE_HOME": f"{home}/state", "XDG_CONFIG_HOME": f"{home}/config", "SWIFT_BACKTRACE": "enable=no"}

LISTS = [
    "/api/v1/namespaces", "/api/v1/pods", "/api/v1/services", "/apis/apps/v1/deployments", "/apis/apps/v1/statefulsets",
    "/apis/apps/v1/daemonsets", "/apis/autoscaling/v2/horizontalpodautoscalers",
    *[f"/apis/networking.istio.io/v1/{kind}" for kind in ("virtualservices", "destinationrules", "gateways", "serviceentries", "sidecars")],
    *[f"/apis/security.istio.io/v1/{kind}" for kind in ("peerauthentications", "authorizationpolicies", "requestauthentications")],
    "/apis/telemetry.istio.io/v1/telemetries",
    *[f"/apis/gateway.networking.k8s.io/v1/{kind}" for kind in ("httproutes", "grpcroutes", "gateways")],
]


class Server:
    """`meshtop demo-server` in a process of its own."""

    def __init__(self, *arguments):
        self.kubeconfig = f"{home}/kubeconfig-{len(os.listdir(home))}"
        self.process = subprocess.Popen(
            [binary, "demo-server", "--kubeconfig-out", self.kubeconfig, *arguments], stdout=subprocess.DEVNULL,
            env={**os.environ, **environment})
        while not os.path.exists(self.kubeconfig):
            time.sleep(0.05)
        self.url = next(line.split()[1] for line in open(self.kubeconfig) if "server:" in line)
        self.environment = {**environment, "KUBECONFIG": self.kubeconfig}

    def requests(self):
        """How often each path was asked for, where the server counts."""
        return json.load(urllib.request.urlopen(f"{self.url}/demo/requests"))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def milliseconds(seconds):
    return "never" if seconds is None else f"{seconds * 1000:.1f} ms"


def megabytes(count):
    return f"{count / 1e6:.0f} MB"


def screen():
    firsts = []
    for _ in range(9):
        terminal = Terminal([binary, "--demo"], 50, 200, environment)
        firsts.append(terminal.until(b"MeshTop", 10))
        terminal.close()
    references = []
    for _ in range(9):
        terminal = Terminal(["htop"], 50, 200, environment)
        references.append(terminal.until(b"Tasks", 10))
        terminal.close()
    rows = [("cold start to first frame", milliseconds(median(firsts)), f"htop {milliseconds(median(references))}", "budget 50 ms")]

    # The mesh in a process of its own, so that the screen's cost is the screen's.
    server = Server()
    def steady(command, env, word):
        terminal = Terminal(command, 50, 200, env)
        terminal.until(word, 20)
        terminal.read(6)
        before, started = terminal.cpu(), time.monotonic()
        count = sum(len(data) for _, data in terminal.read(30))
        seconds = time.monotonic() - started
        used = terminal.cpu() - before
        terminal.close()
        return count / seconds, used / seconds
    ours = steady([binary], server.environment, b"recommendation")
    whole = steady([binary, "--demo"], environment, b"recommendation")
    other = steady(["htop"], environment, b"Tasks")
    rows.append(("bytes a second, 200×50, demo mesh", f"{ours[0]:.0f} B/s", f"htop {other[0]:.0f} B/s", "budget 4096 B/s"))
    rows.append(("CPU meanwhile, dashboard alone", f"{ours[1]:.1%}", f"htop {other[1]:.1%}", ""))
    rows.append(("CPU of meshtop --demo, mesh included", f"{whole[1]:.1%}", "", ""))
    server.stop()
    table("Screen", rows)


PROTOBUF = "application/vnd.kubernetes.protobuf,application/json"


def lists(server, *options):
    """curl, downloading what MeshTop lists."""
    return ["curl", "-s", *options, *[f"{server.url}{path}?resourceVersion=0" for path in LISTS]]


def sync():
    """From the start to a complete model, on a server that encodes every list anew as a real one does."""
    for title, options, turns in [("encodes every list anew", ["--encode-anew"], 3), ("sends what it encoded before", [], 5)]:
        server = Server("--scene", "scale", *options)
        commands = [
            ("curl, JSON", lists(server)), ("curl, JSON, gzip", lists(server, "--compressed")),
            ("curl, protobuf where there is one", lists(server, "-H", f"Accept: {PROTOBUF}")),
            ("meshtop, complete model", [binary, "snapshot", "--pane", "services", "--no-metrics", "--wait", "300"]),
            ("kubectl get pods -A", ["kubectl", "get", "pods", "-A"]),
        ]
        run(commands[0][1]), run(commands[2][1])  # the first answer of either encoding fills the server's caches
        results = []
        for name, command in commands:
            runs = sorted(run(command, server.environment) for _ in range(1 if "kubectl" in name else turns))
            results.append((name, runs[len(runs) // 2]))
        server.stop()
        best = min(wall for name, (wall, _, _, _) in results if name.startswith("curl"))
        print(f"\nLoading 10,000 pods, 1,000 services, 2,000 deployments, 500 VS, 1,000 DR, 1,000 AP; the server {title}")
        for name, (wall, cpu, memory, code) in results:
            outcome = megabytes(memory) if code == 0 else f"exit code {code}"
            print(f"  {name:34}{wall:7.2f} s{cpu:8.2f} s CPU{outcome:>10}{wall / best:8.2f} × the best curl")


def real():
    """What the same cost on a server like a real one: it encodes protobuf, JSON and gzip anew, and has no Prometheus."""
    server = Server("--scene", "scale", "--encode-anew", "--no-prometheus", "--count-requests")
    context = server.environment
    ours = [binary, "snapshot", "--pane", "services", "--wait", "300"]
    before = server.requests()
    run(ours, context)
    asked = {name: count - before.get(name, 0) for name, count in server.requests().items()}
    # A list comes as the beginning of a watch.
    lists = sorted(name[10:] for name in asked if name.startswith("GET watch /api"))
    urls = [f"{server.url}{path}?resourceVersion=0" for path in lists]
    curl = ["curl", "-s", "-o", "/dev/null", "--compressed", "-H", f"Accept: {PROTOBUF}"]
    scale = [binary, "scale", "deploy/svc-003-v1", "--replicas", "3", "-n", "team-00", "--dry-run=server"]
    commands = [
        ("curl, gzip, one after the other", curl_all(curl, urls)), ("curl, gzip, all at once", curl_all(curl, urls, "--parallel")),
        ("meshtop snapshot", ours), ("meshtop snapshot --no-metrics", ours + ["--no-metrics"]),
        ("meshtop scale -n team-00 --dry-run", scale), ("kubectl get pods -A", ["kubectl", "get", "pods", "-A"]),
        ("kubectl scale -n team-00 --dry-run", ["kubectl", "scale", "deploy/svc-003-v1", "--replicas", "3", "-n", "team-00", "--dry-run=server"]),
    ]
    results = []
    for name, command in commands:
        runs = sorted(run(command, context) for _ in range(3))
        results.append((name, runs[1]))
    server.stop()
    best = min(wall for name, (wall, _, _, _) in results if name.startswith("curl"))
    print(f"\n10,000 pods and what belongs to them; no Prometheus; the server encodes anew; {len(lists)} lists of the same kinds")
    for name, (wall, cpu, memory, code) in results:
        outcome = megabytes(memory) if code in (0, 3) else f"exit code {code}"
        print(f"  {name:36}{wall:7.2f} s{cpu:8.2f} s CPU{outcome:>10}{wall / best:8.2f} × the best curl")
    others = sum(count for name, count in asked.items() if " watch " not in name)
    print(f"  a snapshot asked for {len(lists)} lists that go on as watches, and {others} other things")


def curl_all(curl, urls, *options):
    """One curl for all of them: options hold for one address, so each has its own."""
    parts = []
    for url in urls:
        parts += (["--next"] if parts else []) + curl[1:] + [url]
    return ["curl", *options, *parts]


class Tmux:
    """A program in a tmux of its own, whose screen can be read."""

    def __init__(self, command, env):
        self.name = f"meshtop-bench-{os.getpid()}"
        sets = [f"{key}={value}" for key, value in {**environment, **env}.items()]
        self.tmux("new-session", "-d", "-s", "b", "-x", "120", "-y", "30", "env", *sets, *command)
        self.pid = int(self.tmux("list-panes", "-F", "#{pane_pid}"))

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-L", self.name, *arguments], capture_output=True, text=True).stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def until(self, pattern, seconds):
        """Seconds until the screen shows the pattern; None when it never does."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if re.search(pattern, self.screen()):
                return time.monotonic() - started
            time.sleep(0.004)
        return None

    def keys(self, *keys):
        for key in keys:
            self.tmux("send-keys", key)
            time.sleep(0.2)

    def close(self):
        self.tmux("kill-server")


def used(pid):
    """CPU seconds and resident bytes of a process."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")


def churn():
    """A hundred changes a second for five minutes; then nothing at all."""
    seconds = float(os.environ.get("BENCH_CHURN_SECONDS", "300"))
    server = Server("--scene", "scale", "--changes", "100")
    screen = Tmux([binary, "--no-metrics"], server.environment)
    screen.until("svc-000", 60)
    screen.keys("6", "+", "/", "svc-003-v1", "Enter")
    screen.until("svc-003-v1", 20)
    time.sleep(5)

    def scale(replicas):
        body = json.dumps({"spec": {"replicas": replicas}}).encode()
        path = "/apis/apps/v1/namespaces/team-00/deployments/svc-003-v1"
        urllib.request.urlopen(urllib.request.Request(
            server.url + path, body, {"Content-Type": "application/merge-patch+json"}, method="PATCH"), timeout=5).read()

    cpu, memory = used(screen.pid)
    started, lags, sizes = time.monotonic(), [], []
    while time.monotonic() - started < seconds:
        replicas = 11 + len(lags) % 2
        scale(replicas)
        lags.append(screen.until(rf"team-00 .*svc-003-v1 .*\d+/{replicas}\b", 5))
        sizes.append(used(screen.pid)[1])
        time.sleep(0.7)
    share = (used(screen.pid)[0] - cpu) / (time.monotonic() - started)
    missed = sum(lag is None for lag in lags)
    seen = [lag for lag in lags if lag is not None]
    screen.close()
    server.stop()

    server = Server("--scene", "scale")
    shown = Tmux([binary, "--no-metrics"], server.environment)
    shown.until("svc-000", 60)
    time.sleep(10)
    cpu, started = used(shown.pid)[0], time.monotonic()
    time.sleep(60)
    idle = (used(shown.pid)[0] - cpu) / (time.monotonic() - started)
    shown.close()
    server.stop()
    table(f"10,000 pods, 100 changes a second for {seconds:.0f} s", [
        ("CPU of one core", f"{share:.1%}", "", "budget 5 %"),
        ("change to screen, median", milliseconds(median(seen)), f"{len(seen)} changes, {missed} not seen", ""),
        ("change to screen, p99", milliseconds(percentile(seen, 0.99)), "", "budget 250 ms"),
        ("resident memory, start to end", f"{megabytes(sizes[0])} to {megabytes(sizes[-1])}", f"peak {megabytes(max(sizes))}", "flat"),
        ("idle afterwards, nothing changes", f"{idle:.2%}", "", "budget 0.3 %"),
    ])


def keys():
    server = Server("--scene", "scale")
    terminal = Terminal([binary], 50, 200, server.environment)
    terminal.until(b"svc-", 120)
    terminal.read(8)
    delays = [delay for _ in range(150) for key in (b"j", b"k") if (delay := terminal.latency(key)) is not None]
    memory = terminal.memory()
    terminal.close()
    server.stop()
    reference = Terminal(["htop"], 50, 200, environment)
    reference.until(b"Tasks", 10)
    reference.read(1)
    others = [delay for _ in range(100) for key in (b"\x1b[B", b"\x1b[A") if (delay := reference.latency(key)) is not None]
    reference.close()
    table("Dashboard on the scale mesh", [
        ("key to first byte, median", milliseconds(median(delays)), f"htop {milliseconds(median(others))}", ""),
        ("key to first byte, p99", milliseconds(percentile(delays, 0.99)), f"htop {milliseconds(percentile(others, 0.99))}", "budget 16 ms"),
        ("peak memory", megabytes(memory), "", "budget 100 MB"),
    ])


def model():
    server = Server("--scene", "scale")
    series, bare, full, ours = mesh_model.measure(binary, server)
    server.stop()
    # A minute of ticks after the first: one asks for all labels, the others for what changes.
    ticks = [value / 1000 for value in ours["tickMs"][1:]]
    tick = sum(ticks) / len(ticks)
    table(f"Mesh model, {series} edge series in a Prometheus, {ours['edges']} edges, {ours['findings']} findings", [
        ("metrics tick: queries and snapshot", milliseconds(tick), f"Kiali's graph queries {milliseconds(bare)}",
         f"{tick / bare:.2f} × (budget 0.5)"),
        ("", "", f"with its response times {milliseconds(full)}", f"{tick / full:.2f} ×"),
        ("the fastest, and the one with all labels", f"{milliseconds(min(ticks))}, {milliseconds(max(ticks))}", "", ""),
        ("the first, all latencies at once", milliseconds(ours["tickMs"][0] / 1000), "", ""),
        ("a tick's snapshot", milliseconds(median(ours["tickSnapshotMs"]) / 1000), "", "budget 50 ms"),
        ("snapshot, everything anew", milliseconds(median(ours["snapshotMs"]) / 1000), "", ""),
        ("snapshot, nothing changed", milliseconds(min(ours["snapshotAgainMs"]) / 1000), "", ""),
        ("findings of all objects", milliseconds(min(ours["findingsMs"]) / 1000), "", "budget 1000 ms"),
        ("findings after one change", milliseconds(min(ours["findingsAfterChangeMs"]) / 1000), "", ""),
    ])


for part in parts:
    {"screen": screen, "sync": sync, "model": model, "churn": churn, "keys": keys, "real": real}[part]()
