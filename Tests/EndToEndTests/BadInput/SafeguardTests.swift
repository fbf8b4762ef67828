import DemoMesh
import TestSupport
import Testing

/// What keeps an operator from changing the wrong thing fails closed, and one word means one thing everywhere.
@Suite struct SafeguardTests {
    static let demo = Result { try Demo() }

    private func run(
        _ arguments: String..., configuration: String? = nil, home: TemporaryFolder? = nil
    ) async throws -> ToolResult {
        try await run(words: arguments, configuration: configuration, home: home)
    }

    private func run(
        words arguments: [String], configuration: String? = nil, home: TemporaryFolder? = nil
    ) async throws -> ToolResult {
        let home = try home ?? TemporaryFolder()
        try home.write("kubeconfig", try Self.demo.get().server.kubeconfig)
        if let configuration { try home.write("config/meshtop/config.yaml", configuration) }
        return try await Program.run(arguments, home: home)
    }

    // MARK: The configuration

    @Test(arguments: [
        ("namespaces: [1]\n", "line 1", "namespaces[0]"), ("theme: dark\nnamespaces: shop\n", "line 2", "namespaces"),
        ("contexts:\n- name: prod\n  readOnly: true\n", "line 1", "contexts"),
        ("contexts:\n  prod: [readOnly]\n", "line 2", "contexts.prod"),
        ("contexts:\n  prod: {theme: dark}\n  x:\n    readOnly: \"yes\"\n", "line 4", "contexts.x.readOnly"),
        ("readOnly: 1\n", "line 1", "readOnly"), ("refresh: 1e300\n", "line 1", "refresh"),
        ("metrics: {url: \"http://x\", tokn: a}\n", "line 1", "metrics.tokn"),
        ("metrics:\n  url: http://x\n  token: 5\n", "line 3", "metrics.token"),
        ("production:\n  namespaces: [shop, 5]\n", "line 2", "production.namespaces[1]"),
        ("namespaces: []\n", "line 1", "namespaces"), ("window: [60]\n", "line 1", "window"),
        ("slo:\n- {service: shop/orders, availability: 99.9}\n- {service: x}\n", "line 3", "slo[1]"),
    ])
    func aValueOfAnotherTypeIsRefusedWithLineAndKey(text: String, line: String, key: String) async throws {
        let result = try await run("restart", "deploy/ads-v1", "-n", "shop", "--yes", configuration: text)
        #expect(
            result.code == 2 && result.errors.contains("\(line):") && result.errors.contains(key), "\(result.errors)")
    }

    @Test func aConfigurationThatCannotBeReadStopsAChange() async throws {
        for (name, arrange) in [
            ("a dangling link", "mkdir -p config/meshtop && ln -s nowhere config/meshtop/config.yaml"),
            ("a circle", "mkdir -p config/meshtop && ln -s config.yaml config/meshtop/config.yaml"),
            ("a folder's link", "mkdir -p config && ln -s nowhere config/meshtop"),
            ("a file for a folder", "touch config"),
        ] {
            let home = try TemporaryFolder()
            let made = try await Tool.run("sh", ["-c", "cd \(home.path) && \(arrange)"])
            #expect(made.code == 0, "\(made.errors)")
            let result = try await run("restart", "deploy/ads-v1", "-n", "shop", "--yes", home: home)
            #expect(result.code == 2 && result.errors.contains("cannot read"), "\(name): \(result.errors)")
        }
        let home = try TemporaryFolder()
        let result = try await run("restart", "deploy/ads-v1", "-n", "shop", home: home)
        #expect(result.code == 3, "none at all is fine: \(result.errors)")
    }

    /// Who was refused by the configuration is not told to leave out a flag.
    @Test(arguments: [
        ("readOnly: true\n", ": readOnly is true in line 1 of "),
        (
            "theme: dark\ncontexts:\n  meshtop-demo:\n    readOnly: true\n",
            ": contexts.meshtop-demo.readOnly is true in line 4 of "
        ),
    ]) func theSettingThatForbidsAChangeIsNamed(text: String, words: String) async throws {
        for command in [["restart", "deploy/ads-v1"], ["shift", "reviews", "v2", "--guard"]] {
            let home = try TemporaryFolder()
            try home.write("kubeconfig", try Self.demo.get().server.kubeconfig)
            try home.write("config/meshtop/config.yaml", text)
            let result = try await Program.run(command + ["-n", "shop", "--yes"], home: home)
            #expect(
                result.code == 2 && result.errors.contains(words) && result.errors.contains("config.yaml")
                    && !result.errors.contains("--read-only"), "\(result.errors)")
            let both = try await Program.run(command + ["-n", "shop", "--yes", "--read-only"], home: home)
            #expect(both.code == 2 && both.errors.contains(words.dropFirst(2)) && both.errors.contains("--read-only"))
        }
    }

    // MARK: Files that are none

    /// Nobody may ever write to a pipe: the program does not wait for it.
    @Test(arguments: [
        ("config/meshtop/config.yaml", []), ("kubeconfig", []),
        ("config/meshtop/themes/mine.yaml", ["--theme", "mine"]),
        ("named.yaml", ["--config", "named.yaml"]), ("named.yaml", ["--kubeconfig", "named.yaml"]), ("token", []),
    ]) func aNamedPipeIsRefused(_ file: String, _ more: [String]) async throws {
        let home = try TemporaryFolder()
        var kubeconfig = try Self.demo.get().server.kubeconfig
        if file == "token" {
            kubeconfig = kubeconfig.split(separator: "\n").map { line in
                line.contains("token: ") ? line.prefix { $0 != "t" } + "tokenFile: \(home.path)/token" : line
            }.joined(separator: "\n")
        }
        if file != "kubeconfig" { try home.write("kubeconfig", kubeconfig) }
        let folder = file.contains("/") ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) : "."
        let made = try await Tool.run("sh", ["-c", "cd \(home.path) && mkdir -p \(folder) && mkfifo \(file)"])
        #expect(made.code == 0, "\(made.errors)")
        let words = more.map { $0 == "named.yaml" ? "\(home.path)/named.yaml" : $0 }
        let result = try await Program.run(
            ["snapshot", "--no-metrics", "--wait", "5"] + words, home: home, timeoutSeconds: 60)
        #expect(result.code == 2 && result.errors.contains("it is a named pipe"), "\(result.code) \(result.errors)")
    }

    @Test func keysFromANamedPipeAreRefused() async throws {
        let home = try TemporaryFolder()
        try home.write("kubeconfig", try Self.demo.get().server.kubeconfig)
        let made = try await Tool.run(
            "sh", ["-c", "cd \(home.path) && mkdir -p config/meshtop && mkfifo config/meshtop/keys.yaml"])
        #expect(made.code == 0, "\(made.errors)")
        let line = "TERM=xterm timeout 60 script -qec '\(Tool.meshtop)' /dev/null < /dev/null"
        let result = try await Tool.run("sh", ["-c", line], environment: Program.environment(home), timeoutSeconds: 90)
        #expect(result.output.contains("it is a named pipe"), "\(result.code) \(result.output) \(result.errors)")
    }

    /// A shell's `<(…)` is a pipe too, and so is one that somebody made to hand a manifest over.
    @Test func whatAnotherProgramWritesIsRead() async throws {
        let home = try TemporaryFolder()
        try home.write("kubeconfig", try Self.demo.get().server.kubeconfig)
        try home.write(
            "rule.yaml",
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: piped}\nspec: {host: ads}\n")
        let apply = "\(Tool.meshtop) apply -n shop --dry-run server --no-metrics"
        for line in [
            "\(apply) -f <(sleep 0.3; cat rule.yaml)", "\(apply) -f - < rule.yaml", "cat rule.yaml | \(apply) -f -",
            "\(apply) -f rule.yaml --kubeconfig <(cat kubeconfig)",
            "mkfifo p; (cat rule.yaml > p &); \(apply) -f p; rm p",
        ] {
            let result = try await Tool.run(
                "bash", ["-c", "cd \(home.path); \(line)"], environment: Program.environment(home), timeoutSeconds: 60)
            #expect(
                result.output.contains("the server accepts it"),
                "\(line): \(result.code) \(result.output)\(result.errors)")
        }
    }

    // MARK: The command line

    /// Which of several namespaces is meant is not to be guessed.
    @Test(arguments: [
        "restart deploy/ads-v1", "delete svc/ads", "policy timeout-retries ads timeout=1s", "shift reviews v2=20",
        "shift reviews v2 --guard", "promote reviews v2", "apply -f -", "undo", "edit deploy/ads-v1",
        "fix destinationrule/reviews", "can frontend ads GET /x",
    ]) func severalNamespacesAreNoneForAChange(_ words: String) async throws {
        for names in [["-n", "shop", "-n", "manager-agent-ai-prod"], ["-n", "shop,manager-agent-ai-prod"]] {
            let result = try await run(words: words.split(separator: " ").map(String.init) + names + ["--no-metrics"])
            #expect(
                result.code == 2 && result.output.isEmpty
                    && result.errors.contains("-n: it names several namespaces")
                    && result.errors.split(separator: "\n").count == 1,
                "\(words): \(result.code) \(result.output)\(result.errors)")
        }
    }

    @Test func severalNamespacesOfTheConfigurationAreNoneForAChange() async throws {
        let text = "namespaces: [shop, manager-agent-ai-prod]\n"
        let vague = try await run("restart", "deploy/ads-v1", configuration: text)
        #expect(
            vague.code == 2 && vague.errors.contains("several are looked at") && vague.errors.contains("with -n"),
            "\(vague.errors)")
        let named = try await run("restart", "deploy/ads-v1", "-n", "shop", configuration: text)
        #expect(named.code == 3 && named.output.contains("-n shop "), "\(named.errors)")
        // What says it itself, or is found by its name, asks for none.
        let route = try await run("shift", "reviews", "v2=30", configuration: text)
        #expect(route.code == 3, "\(route.errors)")
        let home = try TemporaryFolder()
        for (namespace, code) in [("", 2), (", namespace: shop", 3)] {
            try home.write("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a\(namespace)}}")
            let result = try await run("apply", "-f", "\(home.path)/a.yaml", configuration: text, home: home)
            #expect(result.code == code, "\(result.errors)")
            #expect(code == 3 || result.errors.contains("names no namespace"), "\(result.errors)")
        }
    }

    @Test(arguments: [
        ["--context", "meshtop-demo", "--context", "meshtop-demo-viewer"],
        ["--context=meshtop-demo", "--context", "meshtop-demo-viewer"], ["--user=a", "--user=b"],
        ["--confirm", "a", "--confirm", "b"], ["--request-timeout", "5", "--request-timeout", "6"],
    ])
    func anOptionOfOneValueIsNotGivenTwo(_ twice: [String]) async throws {
        let home = try TemporaryFolder()
        try home.write("kubeconfig", try Self.demo.get().server.kubeconfig)
        let result = try await Program.run(["restart", "deploy/ads-v1", "-n", "shop", "--yes"] + twice, home: home)
        #expect(result.code == 2 && result.errors.contains("it is given twice"), "\(result.errors)")
        // The same one twice is no contradiction; what may be repeated may.
        let same = try await Program.run(
            ["snapshot", "--context", "meshtop-demo", "--context", "meshtop-demo", "-n", "shop", "-n", "istio-system"],
            home: home)
        #expect(same.code == 0, "\(same.errors)")
    }

    @Test func aWrongConfirmationIsRefusedAlways() async throws {
        for more in [[], ["--yes"]] {
            let home = try TemporaryFolder()
            try home.write("kubeconfig", try Self.demo.get().server.kubeconfig)
            let result = try await Program.run(
                ["restart", "deploy/ads-v1", "-n", "shop", "--confirm", "ads-v2"] + more, home: home)
            #expect(result.code == 3 && result.errors.contains("names another object"), "\(result.errors)")
        }
        let right = try await run("restart", "deploy/ads-v1", "-n", "shop", "--confirm", "ads-v1")
        #expect(right.code == 3 && right.errors.contains("repeat with --yes"), "\(right.errors)")
    }

    @Test(arguments: ["deploy/ads-v1", "deployments.apps/ads-v1", "deployment.apps/ads-v1"])
    func everySpellingOfAKindMeansTheSame(_ word: String) async throws {
        for command in [
            ["restart", word], ["scale", word, "--replicas", "3"], ["evict", word], ["delete", word], ["pause", word],
            ["rollback", word], ["hpa", word, "--max", "5"],
        ] {
            let home = try TemporaryFolder()
            try home.write("kubeconfig", try Self.demo.get().server.kubeconfig)
            let result = try await Program.run(command + ["-n", "shop", "--no-metrics"], home: home)
            // rollback: it has one revision alone; everything else is previewed.
            let isKnown = result.code == 3 || result.errors.contains("no revision before")
            #expect(isKnown, "\(command): \(result.code) \(result.errors)")
        }
    }

    @Test func otherKindsAreFoundByTheirShortNames() async throws {
        for word in [
            "vs/reviews", "virtualservices.networking.istio.io/reviews", "dr/reviews", "svc/reviews", "ns/shop",
        ] {
            let result = try await run("delete", word, "-n", "shop", "--no-metrics")
            #expect(result.code == 3, "\(word): \(result.errors)")
        }
        for words in [
            ["shift", "svc/reviews", "v2=30"], ["policy", "circuit-breaker", "svc/ads", "maxConnections=9"],
        ] {
            let result = try await run(words: words + ["-n", "shop", "--no-metrics"])
            #expect(result.code == 3, "\(words): \(result.errors)")
        }
        for words in [
            ["shift", "deploy/reviews-v1", "v2=30"],
            ["policy", "circuit-breaker", "deploy/ads-v1", "maxConnections=9"],
            ["restart", "svc/ads"], ["expose-stats", "svc/ads"],
        ] {
            let result = try await run(words: words + ["-n", "shop", "--no-metrics"])
            #expect(result.code == 2, "\(words): \(result.output)")
        }
        let unknown = try await run("delete", "widgets/x", "-n", "shop", "--no-metrics")
        #expect(unknown.code == 2 && unknown.errors.contains("widgets"), "\(unknown.errors)")
    }
}
