import Base
import ClusterData
import Kube
import MeshModel
import Testing

@Suite struct PrometheusAnswerTests {
    private let schema = LabelSchema(["app", "code"])

    @Test func aVectorKeepsTheLabelsThatWereAsked() throws {
        let body =
            #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"code":"200","x":"y"},"value":[1700000000.5,"1.5"]},{"metric":{"app":"a"},"value":[1700000000,"NaN"]}]},"warnings":["partial"]}"#
        let answer = try PrometheusAnswer(Array(body.utf8), schema: schema)
        #expect(answer.samples.map(\.labels) == [["", "200"], ["a", ""]])
        #expect(answer.samples[0].value == 1.5)
        #expect(answer.samples[1].value.isNaN)
        #expect(answer.warnings == ["partial"])
    }

    @Test func aMatrixKeepsTimes() throws {
        let body =
            #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"app":"a"},"values":[[10,"1"],[15,"+Inf"]]}]}}"#
        let answer = try PrometheusAnswer(Array(body.utf8), schema: schema)
        #expect(answer.series.first?.points.map(\.time) == [10, 15])
        #expect(answer.series.first?.points.last?.value == .infinity)
    }

    @Test func anErrorIsAValue() throws {
        let body = #"{"status":"error","errorType":"bad_data","error":"parse error"}"#
        #expect(try PrometheusAnswer(Array(body.utf8), schema: schema).error?.type == "bad_data")
    }

    @Test(arguments: ["<html></html>", "{}", "{\"status\":\"ok\"}", "[]", ""])
    func whatIsNoAnswerIsRefused(_ body: String) {
        #expect(throws: JSONError.self) { try PrometheusAnswer(Array(body.utf8), schema: schema) }
    }

    @Test func credentialsInAURLAreNeverShown() throws {
        let endpoint = try MetricsEndpoint.url("https://me:s%40cret@prom.example:9090/base/")
        #expect(endpoint.name == "https://prom.example:9090/base")
        guard case .url(_, let settings, _) = endpoint.route else { return }
        #expect(settings.username == "me")
        #expect(settings.password == "s@cret")
        #expect(throws: MeshTopError.self) { try MetricsEndpoint.url("prom:9090") }
    }
}
