// The recorded answers of a real kube-apiserver 1.36, by name.

import ClusterData
import Testing

struct Recording {
    var name: String
    var method: String
    var path: String
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    static let folder = String(#filePath.dropLast("/Support/Recordings.swift".count)) + "/Fixtures"

    static let all: [Recording] = {
        guard let bytes = try? Files.read("\(folder)/kube-apiserver-1.36.jsonl") else { return [] }
        return bytes.split(separator: 0x0A).compactMap { line in
            guard let value = try? JSONValue(parsing: Array(line)), let name = value["name"]?.string else { return nil }
            return Recording(
                name: name, method: value.at("request", "method")?.string ?? "",
                path: value.at("request", "path")?.string ?? "", status: value.at("response", "status")?.int ?? 0,
                headers: value.at("response", "headers")?.stringMap ?? [:],
                body: Array((value.at("response", "body")?.string ?? "").utf8))
        }
    }()

    static func named(_ name: String) throws -> Recording {
        try #require(all.first { $0.name == name })
    }
}
