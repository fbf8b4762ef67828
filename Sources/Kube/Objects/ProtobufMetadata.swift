// What MeshTop keeps of every object's metadata, read from protobuf.
// Numbers: the generated.proto file of https://github.com/kubernetes/apimachinery (meta/v1).

package import Base

extension ObjectMeta {
    package init(_ scanner: inout ProtobufScanner, keeping rule: AnnotationRule) throws(JSONError) {
        self.init()
        while try scanner.nextField() {
            switch scanner.field {
            case 1: name = try scanner.string()
            case 2: hasGeneratedName = try !scanner.string().isEmpty
            case 3: namespace = try scanner.sharedString()
            case 5: uid = try scanner.string()
            case 6: resourceVersion = try scanner.string()
            case 7: generation = try scanner.int()
            case 8: created = try scanner.time()
            case 9: isDeleting = try scanner.time() != nil
            case 11:
                let (key, value) = try scanner.entry()
                labels[key] = value
            case 12:
                if let (key, value) = try scanner.entry(where: rule.keeps, isRaw: rule.isBlock) {
                    annotations[key] = value
                }
            case 13: try readOwner(&scanner)
            case 17:
                var entry = try scanner.message()
                while try entry.nextField() {
                    guard entry.field == 1 else { continue }
                    let manager = try entry.sharedString()
                    if !fieldManagers.contains(manager) { fieldManagers.append(manager) }
                }
            default: break
            }
        }
    }

    private mutating func readOwner(_ scanner: inout ProtobufScanner) throws(JSONError) {
        var owner = try scanner.message()
        var (kind, name, controls) = ("", "", false)
        while try owner.nextField() {
            switch owner.field {
            case 1: kind = try owner.sharedString()
            case 3: name = try owner.sharedString()
            case 6: controls = try owner.bool()
            default: break
            }
        }
        takeOwner(kind, name, controls: controls)
    }
}

extension ProtobufScanner {
    /// An ObjectMeta, which every object has in 1.
    package mutating func metadata(keeping rule: AnnotationRule) throws(JSONError) -> ObjectMeta {
        var inner = try message()
        return try ObjectMeta(&inner, keeping: rule)
    }
}
