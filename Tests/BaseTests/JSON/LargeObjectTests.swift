import Testing

@testable import Base

/// Objects of any width keep the order in which they were written, and are found in as quickly as narrow ones.
@Suite struct LargeObjectTests {
    private static func wide(_ count: Int) -> String {
        "{" + (0..<count).map { "\"x-\($0)\":{\"exact\":\"\($0)\"}" }.joined(separator: ",") + "}"
    }

    /// A model beside it: a list of pairs, looked through.
    @Test(arguments: [3, 32, 33, 60, 700])
    func everyChangeIsThatOfAListOfPairs(_ width: Int) {
        var object = JSONObject()
        var pairs: [(String, Int64)] = []
        var number: UInt64 = UInt64(width)
        for _ in 0..<(4000 + 2 * width) {
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = "k\(number >> 40 % UInt64(width))"
            let value = Int64(number >> 50)
            let place = pairs.firstIndex { $0.0 == key }
            var isSame = true
            switch number >> 33 % 3 {
            case 0:
                object[key] = nil
                if let place { pairs.remove(at: place) }
            case 1:
                object[key] = .int(value)
                if let place { pairs[place].1 = value } else { pairs.append((key, value)) }
            default:
                // In place, as a path of names changes it.
                object[key]?["a"] = nil
                // A number has no members to take away.
                isSame = object[key] == place.map { .int(pairs[$0].1) }
            }
            // An expectation for each of thousands of steps would take most of the time.
            guard isSame, object.keys == pairs.map(\.0) else {
                Issue.record("\(object.keys) after \(key), not \(pairs.map(\.0))")
                return
            }
        }
        #expect(object.values == pairs.map { .int($0.1) })
    }

    /// Tens of thousands of members took half a minute; so long that nobody needs a clock to see it.
    @Test func aHundredThousandMembersAreReadChangedAndCompared() throws {
        let count = 100_000
        var value = try JSONValue(parsing: Self.wide(count))
        #expect(value.object?.count == count)
        #expect((0..<count).allSatisfy { value["x-\($0)"]?["exact"] != nil })
        for index in 0..<count { value["x-\(index)"]?["exact"] = .int(Int64(index)) }
        #expect(value["x-99999"]?["exact"] == 99_999)
        let again = try JSONValue(parsing: value.compactText)
        #expect(again == value && again.hashValue == value.hashValue)
        #expect(value.object?.filter { $1["exact"] == 7 }.count == 1)
        for index in 0..<count where index % 2 == 0 { value["x-\(index)"] = nil }
        #expect(value.object?.count == count / 2 && value["x-2"] == nil && value["x-99999"]?["exact"] == 99_999)
    }

    @Test func ofADuplicateKeyTheLastCountsAtAnyWidth() throws {
        for width in [2, 50] {
            let members = (0..<width).map { "\"k\($0)\":0" }.joined(separator: ",")
            let value = try JSONValue(parsing: "{\(members),\"k1\":5}")
            #expect(value["k1"] == 5 && value.object?.count == width)
        }
    }
}
