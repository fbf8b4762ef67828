import TestSupport
import Testing

@testable import Base

/// What Google's own RE2 says of thousands of patterns, ours says too: which are none and why, and which texts they find.
@Suite struct RE2ComparisonTests {
    @Test(arguments: [1, 2])
    func weSayWhatRE2Says(_ seed: Int) async throws {
        let python = try #require(try await Tool.pythonWithRE2(), "no Python here has google-re2: run 'make test-deps'")
        let count = 5000
        let said = try await Tool.run(python, ["\(Recording.folder)/re2-cases.py", "\(count)", "\(seed)"])
        let lines = said.output.split(separator: "\n")
        #expect(said.code == 0 && lines.count == count, "\(said.errors)")
        for line in lines {
            let wanted = try JSONValue(parsing: Array(line.utf8))
            let text = try #require(wanted["pattern"]?.string)
            do {
                let pattern = try Pattern(text)
                #expect(
                    wanted["error"] == nil, "RE2 refuses \(text.debugDescription): \(wanted["error"]?.string ?? "")")
                let texts = wanted.list("texts").compactMap(\.string)
                #expect(
                    texts.map(pattern.matchesWhole) == wanted.list("whole").map { $0.int == 1 },
                    "the whole of \(texts) and \(text.debugDescription)")
                #expect(
                    texts.map(pattern.isFound) == wanted.list("found").map { $0.int == 1 },
                    "a part of \(texts) and \(text.debugDescription)")
            } catch {
                guard error.code != .unsupported || !text.contains("\\C") else { continue }
                #expect(error.description == wanted["error"]?.string, "\(text.debugDescription)")
            }
        }
    }
}
