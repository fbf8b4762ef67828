// `meshtop edit KIND/NAME`: an object in the operator's editor, then the same preview and journal as any change.

internal import Actions
import ArgumentParser
internal import Base
internal import CLinux

struct EditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Edit any object in your editor; what you changed is sent as the smallest patch.",
        discussion: """
            The editor is $KUBE_EDITOR, $EDITOR, $VISUAL or vi. At a terminal you are asked before anything is sent; \
            elsewhere --yes sends it. A text that did not become a change is kept in a file, which is named.
            """)
    @Argument(help: "KIND/NAME, e.g. virtualservice/reviews.") var object: ObjectArgument
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (object, change) = (object, change)
        try ChangeDesk.work(global, change, needsMesh: false) { desk in
            let reference = try object.reference(desk.place)
            guard let edit = try await edited(desk.runner.edit(reference)) else {
                try printOut("nothing changed, nothing was sent\n")
                return nil
            }
            do {
                let preview = try await desk.runner.plan(.edit(edit))
                try printOut(PreviewText.text(preview))
                if preview.objects.isEmpty, preview.refusal == nil { return nil }
                if let stop = HeadlessChange.obstacle(preview, change) {
                    let mayAsk = stop.code == .notConfirmed && Question.canBeAsked
                    guard mayAsk, Question.confirms(preview) else { return kept(edit, stop) }
                }
                if change.dryRun != nil { return nil }
                return try await desk.carryOut(preview).map { $0.code == .verificationFailed ? $0 : kept(edit, $0) }
            } catch let error as MeshTopError {
                return kept(edit, error)
            }
        }
    }

    /// The text as it comes back from the editor, nil when nothing was changed; at a terminal a mistake may be mended.
    private func edited(_ first: ObjectEdit) async throws -> ObjectEdit? {
        var edit = first
        while true {
            let file = try EditFile(edit)
            defer { file.remove() }
            let code = try await Subprocess.onThread {
                try ForegroundTerminal.lend { () throws(MeshTopError) in try file.open() }
            }
            switch file.result(code) {
            case .unchanged: return nil
            case .changed(let changed): return changed
            case .failed(let error): throw error
            case .unreadable(let text, let error):
                guard Question.canBeAsked else { throw kept(text, error) }
                printError("meshtop: \(error)")
                guard Question.yes("Edit again?", standard: true) else { throw kept(text, error) }
                edit = text
            }
        }
    }

    /// The error, with the place of the text that nobody has to type again.
    private func kept(_ edit: ObjectEdit, _ error: MeshTopError) -> MeshTopError {
        var error = error
        do {
            error.advice = (error.advice.map { "\($0); " } ?? "") + "your text is kept in \(try EditFile.keep(edit))"
        } catch {
            printError("meshtop: \(error)")
        }
        return error
    }
}

/// Our own terminal while another program works on it: left as it was found, whatever that program did to it.
enum ForegroundTerminal {
    static func lend<Result>(_ body: () throws(MeshTopError) -> Result) throws(MeshTopError) -> Result {
        var saved = termios()
        let isTerminal = tcgetattr(0, &saved) == 0
        // ctrl-c in an editor is the editor's.
        var ignoring = sigaction()
        var before = [sigaction(), sigaction()]
        ignoring.__sigaction_handler.sa_handler = mt_ignored()
        sigaction(SIGINT, &ignoring, &before[0])
        sigaction(SIGQUIT, &ignoring, &before[1])
        defer {
            sigaction(SIGINT, &before[0], nil)
            sigaction(SIGQUIT, &before[1], nil)
            if isTerminal { tcsetattr(0, TCSADRAIN, &saved) }
        }
        return try body()
    }
}

/// Questions to whoever sits at the terminal.
enum Question {
    static var canBeAsked: Bool { isatty(0) == 1 && isatty(2) == 1 }

    /// Before a change is sent: yes, or the object's name where the preview asks for it.
    static func confirms(_ preview: ChangePreview) -> Bool {
        guard let name = preview.typedConfirmation else { return yes("Send it?", standard: false) }
        return answer("Type \(name) to send it: ") == name
    }

    /// An empty answer is the standard one; no answer at all is a no.
    static func yes(_ question: String, standard: Bool) -> Bool {
        guard let text = answer("\(question) [\(standard ? "Y/n" : "y/N")] ") else { return false }
        return text.isEmpty ? standard : ["y", "yes"].contains(text.lowercased())
    }

    static func answer(_ question: String) -> String? {
        _ = Files.writeAll(Array(question.utf8), to: 2)
        return readLine()
    }
}
