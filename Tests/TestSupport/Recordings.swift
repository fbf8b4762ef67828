// The recorded answers of a real kube-apiserver 1.36, by name.

import Base

package struct Recording {
    package var name: String
    package var method: String
    package var path: String
    package var status: Int
    package var headers: [String: String]
    package var body: [UInt8]

    package static let folder = String(#filePath.dropLast("/Recordings.swift".count)) + "/Fixtures"

    package static let all: [Recording] = {
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

    package static func named(_ name: String) throws -> Recording {
        guard let found = all.first(where: { $0.name == name }) else {
            throw MeshTopError(
                .notFound, "recording \(name)", why: "no answer of that name was recorded", advice: "see Fixtures")
        }
        return found
    }
}
