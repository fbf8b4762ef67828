import Base
import DemoMesh
import TestSupport
import Testing

/// The wall clock of one process is set while it runs, by a library that stands before the system's.
@Suite struct ClockTests {
    /// Shifts CLOCK_REALTIME by what a file says.
    private static let library = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <time.h>
        #include <unistd.h>
        int clock_gettime(clockid_t clock, struct timespec *time) {
            long result = syscall(SYS_clock_gettime, clock, time);
            const char *path = getenv("CLOCK_OFFSET");
            if (result == 0 && clock == CLOCK_REALTIME && path) {
                char text[32] = {0};
                int file = open(path, O_RDONLY);
                if (file >= 0) {
                    if (read(file, text, 31) > 0) time->tv_sec += atol(text);
                    close(file);
                }
            }
            return (int)result;
        }

        """

    @Test(arguments: ["-3600", "3600"]) func aClockThatIsSetAgesNothing(offset: String) async throws {
        let tools = try TemporaryFolder()
        let source = try tools.write("offset.c", Self.library)
        let built = try await Tool.run("cc", ["-shared", "-fPIC", "-o", "\(tools.path)/offset.so", source])
        #expect(built.code == 0, "\(built.errors)")
        try tools.write("offset", "0")
        let screen = try await Screen(
            "--demo", width: 160, height: 45,
            environment: ["LD_PRELOAD": "\(tools.path)/offset.so", "CLOCK_OFFSET": "\(tools.path)/offset"],
            // Polled every second, the age may be 0 s whenever it is drawn.
            configuration: "window: 15\nrefresh: 3\n")
        try await screen.wait("k8s●", "metrics●", "envoy●")
        // The clock on the screen follows; nothing else does.
        let hour = try await screen.text().split(separator: "\n")[0].suffix(9).prefix(3)
        try tools.write("offset", offset)
        try await screen.wait(within: 20, "another hour") { text in
            guard let first = text.split(separator: "\n").first else { return false }
            return first.trimmingSpace().suffix(8).prefix(2) != hour.trimmingSpace().prefix(2)
        }
        // Polls go on: the metrics' age falls again and again, and no source is called stale on the way.
        let ages = Lock<[Int]>([])
        let went = try await eventually(within: 60) { () -> Bool? in
            let text = try await screen.text()
            guard text.contains("k8s●"), text.contains("metrics●"), !text.contains("stale") else { return false }
            guard let age = text.firstMatch(of: /metrics● (\d+)s/).flatMap({ Int($0.1) }) else { return nil }
            return ages.withLock { ages in
                if ages.last != age { ages.append(age) }
                return zip(ages, ages.dropFirst()).count { $0 > $1 } >= 2 ? true : nil
            }
        }
        #expect(went == true, "\(ages.withLock { $0 })")
    }
}
