import Testing

@testable import Base

/// Nothing that a cluster, a metric or a configuration says in numbers ends the program.
@Suite struct ClampingTests {
    @Test(arguments: [
        (0.0, 0), (-0.9, 0), (1.9, 1), (-1.9, -1), (1e30, Int.max), (-1e30, Int.min), (.infinity, .max),
        (-.infinity, .min), (.nan, 0), (9.3e18, .max), (-9.223372036854775808e18, .min), (1e300, .max),
    ])
    func aDoubleBecomesTheNearestWholeNumber(_ value: Double, _ wanted: Int) {
        #expect(Int(clamping: value) == wanted)
        #expect(Int64(clamping: value) == Int64(wanted))
        #expect(UInt64(clamping: value) >= UInt64(clamping: wanted))
        #expect(Int32(clamping: value) == Int32(clamping: wanted))
    }

    @Test func sleepsAreBounded() {
        #expect(UInt64(nanosecondsOf: 1.5) == 1_500_000_000)
        #expect(UInt64(nanosecondsOf: -1) == 0)
        #expect(UInt64(nanosecondsOf: .nan) == 0)
        #expect(UInt64(nanosecondsOf: 1e300) == 31_536_000_000_000_000)
    }

    @Test func sumsAndProductsStayWithinTheType() {
        #expect(Int.max.adding(1) == .max && Int.min.adding(-1) == .min && 2.adding(3) == 5)
        #expect(Int.max.times(2) == .max && Int.max.times(-2) == .min && 3.times(-4) == -12)
        #expect([Int.max, 5, Int.max].total == .max)
    }

    @Test(arguments: [1e300, -1e300, 1e18, -1e18, .infinity, -.infinity, .nan])
    func aTimeBeyondEveryCalendarIsWritten(_ seconds: Double) {
        let time = Timestamp(seconds: seconds)
        #expect(Timestamp(rfc3339: time.rfc3339) != nil)
        #expect(time.clock.utf8.count == 8)
        #expect(time.httpDate.hasSuffix("GMT"))
    }

    @Test func numbersOfJSONThatAreCountedAreBounded() throws {
        let value = try JSONValue(parsing: "[9223372036854775807, -9223372036854775808, 1e18, 1e300, 7, 7.5]")
        #expect(value.array?.map(\.int) == [1 << 40, -1 << 40, 1 << 40, nil, 7, nil])
        #expect(value[0]?.exactInt == .max)
        #expect((value.array ?? []).compactMap(\.int).reduce(0, +) == (1 << 40) + 7)
    }
}
