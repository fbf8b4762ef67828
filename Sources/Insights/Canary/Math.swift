// The few functions of the C library that the statistics need.

internal import Glibc

package enum Math {
    package static func log(_ value: Double) -> Double { Glibc.log(value) }
    package static func exp(_ value: Double) -> Double { Glibc.exp(value) }
    package static func power(_ base: Double, _ exponent: Double) -> Double { Glibc.pow(base, exponent) }
    package static func cosine(_ value: Double) -> Double { Glibc.cos(value) }

    /// log(Σ exp(x)), without overflow.
    package static func logSum(_ values: [Double]) -> Double {
        guard let most = values.max(), most.isFinite else { return -.infinity }
        return most + log(values.reduce(0) { $0 + exp($1 - most) })
    }
}
