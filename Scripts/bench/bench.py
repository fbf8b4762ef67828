"""The benchmarks of `make bench`. Every figure stands beside a reference that ran in the same minute."""
import os, subprocess, sys, tempfile, time
from measure import Terminal, median, percentile, run, table

binary = os.path.abspath(sys.argv[1])
parts = sys.argv[2:] or ["screen", "load"]
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


def load():
    server = Server("--scene", "scale")
    curl = [run(["curl", "-s", "-o", "/dev/null", *[f"{server.url}{path}?resourceVersion=0" for path in LISTS]]) for _ in range(3)]
    zipped = [run(["curl", "-s", "--compressed", "-o", "/dev/null", *[f"{server.url}{path}?resourceVersion=0" for path in LISTS]]) for _ in range(3)]
    size = sum(int(subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{size_download}", f"{server.url}{path}?resourceVersion=0"],
                                  capture_output=True, text=True).stdout) for path in LISTS)
    ours = [run([binary, "snapshot", "--pane", "breakers", "--wait", "300"], server.environment) for _ in range(3)]
    kubectl = [run(["kubectl", "get", "pods", "-A"], server.environment)]
    def line(name, results):
        wall, cpu, memory, code = sorted(results)[len(results) // 2]
        return (name, f"{wall:.2f} s", f"{cpu:.2f} s CPU", megabytes(memory) if code == 0 else f"exit code {code}")
    print(f"\nLoading the scale mesh: 1,000 services, 10,000 pods; its lists are {megabytes(size)} of JSON")
    for row in [line("curl, the same lists", curl), line("curl --compressed", zipped), line("meshtop snapshot (metrics too)", ours),
                line("kubectl get pods -A", kubectl)]:
        print("  " + row[0].ljust(32) + row[1].rjust(9) + row[2].rjust(14) + row[3].rjust(10))

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


for part in parts:
    {"screen": screen, "load": load}[part]()
