"""Ways of measuring a process: in a pseudo-terminal, or as a whole with its CPU time and peak memory."""
import fcntl, os, pty, select, signal, struct, subprocess, termios, time

TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """A program in a pseudo-terminal of a given size."""

    def __init__(self, command, rows, columns, environment=None):
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(command[0], command, {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(environment or {})})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """What arrives within the time, as (moment, bytes) pairs."""
        end = time.monotonic() + seconds
        chunks = []
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                break
            try:
                chunks.append((time.monotonic(), os.read(self.fd, 1 << 16)))
            except OSError:
                break
        return chunks

    def until(self, word, seconds):
        """Seconds since the start until the word has been written; None when it never is."""
        seen = b""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for moment, data in self.read(0.02):
                seen += data
                if word in seen:
                    return moment - self.started
        return None

    def latency(self, key):
        """Seconds from a key to the first byte that answers it; None when nothing does within a second."""
        self.read(0.03)
        sent = time.monotonic()
        os.write(self.fd, key)
        if not select.select([self.fd], [], [], 1)[0]:
            return None
        answered = time.monotonic()
        os.read(self.fd, 1 << 16)
        return answered - sent

    def cpu(self):
        """CPU seconds used so far."""
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Peak resident bytes."""
        for line in open(f"/proc/{self.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
        return 0

    def close(self):
        try:
            os.kill(self.pid, signal.SIGTERM)
            self.read(0.3)
            os.waitpid(self.pid, 0)
        except (OSError, ChildProcessError):
            pass
        os.close(self.fd)


def run(command, environment=None, output=subprocess.DEVNULL):
    """Wall seconds, CPU seconds, peak resident bytes and exit code of a command."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, process.returncode


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else float("nan")


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def table(title, rows):
    """A table of (what, ours, reference, note)."""
    print(f"\n{title}")
    rows = [("what", "meshtop", "reference", "")] + rows
    widths = [max(len(str(row[i])) for row in rows) for i in range(4)]
    for row in rows:
        print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
