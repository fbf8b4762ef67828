// Why a query cannot be answered.

struct PromQLError: Error {
    var message: String
}
