import Base
import Istio
import MeshModel
import TestSupport
import Testing

/// One of istioctl's own analysis cases: input files, and the codes that one analyzer gives for them.
struct IstioCase: Sendable, CustomTestStringConvertible {
    var number: Int
    var name: String
    var inputs: [String]
    var meshConfig: String?
    var codes: Set<String>
    /// "IST0101 VirtualService default/reviews", sorted, with repetitions.
    var expected: [String]

    var testDescription: String { "\(number) \(name)" }

    static let all: [IstioCase] = {
        guard let text = try? Files.read(Corpus.path("istio-analysis/cases.json")),
            let cases = try? JSONValue(parsing: String(decoding: text, as: UTF8.self)).array
        else { return [] }
        return cases.enumerated().map { number, value in
            IstioCase(
                number: number, name: value["name"]?.string ?? "", inputs: value.texts("inputs"),
                meshConfig: value["meshConfig"]?.string, codes: Set(value.texts("analyzerCodes")),
                expected: value.list("expected").map {
                    "\($0["code"]?.string ?? "") \($0["resource"]?.string ?? "")"
                }.sorted())
        }
    }()
}

@Suite struct IstioCasesTests {
    @Test(.enabled(if: Corpus.runs("istio-analysis"))) func allCasesAreThere() {
        #expect(IstioCase.all.count == 72)
    }

    @Test(.enabled(if: Corpus.runs("istio-analysis")), arguments: IstioCase.all)
    func findingsAreIstioctls(_ entry: IstioCase) throws {
        var set = ManifestSet()
        for input in entry.inputs {
            try set.add(
                Files.read(Corpus.path("istio-analysis/inputs/\(input)")), name: input, defaultNamespace: "")
        }
        let mesh = try entry.meshConfig.map {
            MeshConfig(try YAML.document(Files.read(Corpus.path("istio-analysis/inputs/\($0)"))))
        }
        let time = try #require(Timestamp(rfc3339: "2026-11-24T12:00:00Z"))
        let findings = Analysis.findings(set.world(mesh: mesh, time: time))
        let found = findings.filter { entry.codes.contains($0.code) }
        #expect(found.map { "\($0.code) \($0.resource)" }.sorted() == entry.expected)
        for finding in findings {
            #expect(!finding.path.isEmpty && !finding.message.isEmpty, "\(finding)")
        }
    }
}
