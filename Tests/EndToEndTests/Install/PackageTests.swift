import Base
import CLinux
import TestSupport
import Testing

/// The Debian package: made of the built program, installed, run, and removed without a trace.
@Suite(.enabled(if: Tool.path("dpkg-deb") != "dpkg-deb", "this system has no dpkg")) struct PackageTests {
    /// Into the system where root asks and it is not there already; else into a folder that dpkg takes for one.
    private struct Place {
        var root: String
        var options: String

        init(_ folder: TemporaryFolder) async throws {
            let known = try await Tool.run("dpkg-query", ["-W", "meshtop"])
            if getuid() == 0, known.code != 0 {
                (root, options) = ("", "")
                return
            }
            root = "\(folder.path)/root"
            for part in ["updates", "info"] { try Files.makeFolder("\(root)/var/lib/dpkg/\(part)") }
            try folder.write("root/var/lib/dpkg/status", "")
            options = "--root='\(root)' --force-not-root --force-depends --force-script-chrootless --log=/dev/null"
        }
    }

    @Test func itIsInstalledRunAndRemoved() async throws {
        let folder = try TemporaryFolder()
        let built = try await Tool.run(
            "\(Readme.clone)/Scripts/deb.sh", [Tool.meshtop, folder.path], environment: ["COMPRESSION": "gzip"],
            timeoutSeconds: 300)
        #expect(built.code == 0, "\(built.errors)")
        let package = built.output.split(separator: "\n").last.map(String.init) ?? ""
        let fields = try await Tool.run("dpkg-deb", ["-f", package])
        #expect(fields.output.contains("Package: meshtop") && fields.output.contains("Version: \(meshtopVersion)"))
        for library in ["libcurl4", "libncursesw6", "libyaml-0-2", "zlib1g", "libc6"] {
            #expect(fields.output.contains(library), "Depends lacks \(library): \(fields.output)")
        }

        let place = try await Place(folder)
        // One at a time on this machine, and gone whatever happens in between.
        let script = """
            export PATH="$PATH:/usr/sbin:/sbin"
            exec 9<"$(command -v dpkg)"; flock 9
            trap "dpkg \(place.options) -P meshtop >/dev/null 2>&1" EXIT
            set -e
            dpkg \(place.options) -i '\(package)' >/dev/null
            dpkg \(place.options) -L meshtop >'\(folder.path)/files'
            '\(place.root)/usr/bin/meshtop' --version
            PATH='\(place.root)/usr/bin':"$PATH" kubectl meshtop --version
            PATH='\(place.root)/usr/bin':"$PATH" kubectl __complete meshtop sn 2>/dev/null
            '\(place.root)/usr/bin/meshtop' snapshot --demo=storefront --pane services | grep -c reviews
            dpkg \(place.options) -r meshtop >/dev/null
            """
        let run = try await Tool.run(
            "bash", ["-c", script], environment: Program.environment(folder), timeoutSeconds: 300)
        #expect(run.code == 0, "\(run.output)\(run.errors)")
        #expect(run.output == "\(meshtopVersion)\n\(meshtopVersion)\nsnapshot\n:4\n1\n", "\(run.output)\(run.errors)")

        let files = folder.read("files").split(separator: "\n").map(String.init)
        for wanted in [
            "/usr/bin/meshtop", "/usr/bin/kubectl-meshtop", "/usr/bin/kubectl_complete-meshtop",
            "/usr/share/man/man1/meshtop.1.gz", "/usr/share/man/man1/meshtop-shift.1.gz",
            "/usr/share/bash-completion/completions/meshtop", "/usr/share/zsh/vendor-completions/_meshtop",
            "/usr/share/fish/vendor_completions.d/meshtop.fish", "/usr/share/meshtop/themes/dark.yaml",
            "/usr/share/doc/meshtop/copyright", "/usr/share/doc/meshtop/examples/rbac-viewer.yaml",
        ] {
            #expect(files.contains(wanted), "the package lacks \(wanted)")
        }
        // Folders of other packages stay.
        let left = files.filter { $0.contains("meshtop") && Files.exists(place.root + $0) }
        #expect(left == [], "left behind")
    }
}
