internal import ClusterData

enum Dashboard {
    static func run(_ place: Workplace, global: GlobalOptions, wall: Bool) throws {}
}
