import Base
import TestSupport
import Testing

/// What is fed to the fuzzer first, and whatever it found, taken by the readers as they are in any build.
@Suite struct CorpusTests {
    private static let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Corpus"
    static let inputs = (try? Files.list(folder)) ?? []

    @Test func thereIsACorpus() { #expect(Self.inputs.count > 60) }

    @Test(arguments: inputs) func anInputIsRefusedOrSafe(_ name: String) async throws {
        let input = try Files.read("\(Self.folder)/\(name)")
        #expect(input.count >= 2)
        // A reader may wait for asynchronous work: on a thread of its own, as the pool has few.
        let code = try await Subprocess.onThread {
            input.withUnsafeBufferPointer { fuzzOneInput($0.baseAddress, $0.count) }
        }
        #expect(code == 0)
    }
}
