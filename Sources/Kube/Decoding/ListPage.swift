// One page of a list that is held whole: tests and single reads use it.

package import Base

package struct ListPage<Object: ClusterObject>: Sendable {
    package var resourceVersion: String
    package var continueToken: String?
    package var objects: [Object]
    package var odd: [OddObject]

    package init(_ body: [UInt8], contentType: String = "application/json") throws(JSONError) {
        var stream = ListStream<Object>(contentType: contentType, pool: nil)
        var all = try stream.feed(body)
        let (rest, end) = try stream.finish()
        all += rest
        (objects, resourceVersion, continueToken, odd) = (
            all, end.resourceVersion, end.continueToken, end.odd
        )
    }
}
