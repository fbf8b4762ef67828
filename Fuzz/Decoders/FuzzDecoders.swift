// libFuzzer's way in: the first byte chooses a reader, the second how the rest is cut into pieces.
// `make fuzz` builds this with the address sanitizer and runs it on Fuzz/Corpus.

import Istio

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count >= 2 else { return 0 }
    let input = UnsafeBufferPointer(start: start, count: count)
    let body = Array(input.dropFirst(2))
    let pieces = Pieces(body, size: Int(input[1]))
    switch input[0] % 19 {
    case 0: Readers.list(Pod.self, "application/json", pieces)
    case 1: Readers.list(Pod.self, Readers.protobuf, pieces)
    case 2: Readers.list(Service.self, Readers.protobuf, pieces)
    case 3: Readers.list(Workload.self, Readers.protobuf, pieces)
    case 4: Readers.list(HorizontalPodAutoscaler.self, Readers.protobuf, pieces)
    case 5: Readers.list(Workload.self, "application/json", pieces)
    case 6: Readers.list(ConfigObject.self, "application/json", pieces)
    case 7: Readers.watch(ConfigObject.self, "application/json", pieces)
    case 8: Readers.watch(Pod.self, "\(Readers.protobuf);stream=watch", pieces)
    case 9: Readers.tree(body)
    case 10: Readers.yaml(body)
    case 11: Readers.kubeconfig(body)
    case 12: Readers.metrics(body)
    case 13: Readers.envoy(body)
    case 14: Readers.refusal(body)
    case 16: Readers.pattern(body)
    case 17: SeriesReader.mesh(body)
    case 18: SeriesReader.guarded(body)
    default: Readers.small(body)
    }
    return 0
}

/// A body in pieces of one size; 0 leaves it whole.
struct Pieces {
    let all: [[UInt8]]

    init(_ body: [UInt8], size: Int) {
        guard size > 0 else {
            all = [body]
            return
        }
        all = stride(from: 0, to: body.count, by: size).map { Array(body[$0..<min(body.count, $0 + size)]) }
    }
}
