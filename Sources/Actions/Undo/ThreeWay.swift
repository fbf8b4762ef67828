// What an object was before a change, what the change made of it and what it is now, laid over each other.

internal import Base

struct ThreeWay {
    private(set) var items: [DriftItem] = []
    let object: String

    init(_ object: String) { self.object = object }

    var firstConflict: DriftItem? { items.first { $0.kind == .conflict } }

    mutating func note(
        _ kind: DriftItem.Kind, _ path: [String], _ was: JSONValue?, _ made: JSONValue?, _ now: JSONValue?
    ) {
        let isHidden = object.hasPrefix("Secret ") && SecretMask.hides(path)
        func text(_ value: JSONValue?) -> String {
            value.map { isHidden ? "***" : SafeText.line($0.string ?? $0.compactText, limit: 60) } ?? "absent"
        }
        items.append(
            DriftItem(
                kind: kind, path: SafeText.line("\(object) \(path.joined(separator: "."))", limit: 200),
                before: text(was), made: text(made), now: text(now)))
    }

    /// What is there when the change is taken back out of what is there now: only its own places change, and where
    /// somebody else wrote the same place, that is noted as a conflict and goes back all the same.
    mutating func merge(_ was: JSONValue?, _ made: JSONValue?, _ now: JSONValue?, _ path: [String] = []) -> JSONValue? {
        if now == made {
            if was != made { note(.goesBack, path, was, made, now) }
            return was
        }
        // A map that the change made or took away is undone by its members: others may have theirs in it. The object
        // as a whole is made and deleted as one.
        let (old, own) = path.isEmpty ? (was, made) : (was ?? Self.absent(made, now), made ?? Self.absent(was, now))
        switch (old, own, now) {
        case (.object(let old)?, .object(let own)?, .object(let present)?):
            var result = JSONObject()
            let keys = present.keys + (own.keys + old.keys).filter { present[$0] == nil }
            for key in keys where result[key] == nil {
                result[key] = merge(old[key], own[key], present[key], path + [key])
            }
            return was == nil && result.isEmpty ? nil : .object(result)
        case (.array(let old)?, .array(let own)?, .array(let present)?):
            return .array(merge(old, own, present, path))
        case _ where was == made:
            note(.kept, path, was, made, now)
            return now
        case _ where now == was:
            note(.asBefore, path, was, made, now)
            return now
        default:
            note(.conflict, path, was, made, now)
            return was
        }
    }

    private static func absent(_ left: JSONValue?, _ right: JSONValue?) -> JSONValue? {
        left?.object != nil && right?.object != nil ? [:] : nil
    }

    /// Elements are followed by what they are, not by their place: a rule that somebody put in front moves the others.
    private mutating func merge(
        _ was: [JSONValue], _ made: [JSONValue], _ now: [JSONValue], _ path: [String]
    ) -> [JSONValue] {
        let (toWas, toNow) = (Self.align(made, was), Self.align(made, now))
        var result: [JSONValue?] = now
        for index in made.indices {
            switch (toWas[index], toNow[index]) {
            case (nil, nil): break
            case (nil, let place?):
                let isOwn = now[place] == made[index]
                note(isOwn ? .goesBack : .conflict, path + [String(place)], nil, made[index], now[place])
                result[place] = nil
            case (let old?, nil):
                // There is nothing left to take the change out of.
                let kind: DriftItem.Kind = was[old] == made[index] ? .kept : .conflict
                note(kind, path + [String(index)], was[old], made[index], nil)
            case (let old?, let place?):
                result[place] = merge(was[old], made[index], now[place], path + [String(place)])
            }
        }
        for place in now.indices where !toNow.contains(place) {
            if !was.contains(now[place]) { note(.kept, path + [String(place)], nil, nil, now[place]) }
        }
        var inserted: [Int: [JSONValue]] = [:]
        for old in was.indices where !toWas.contains(old) {
            if now.contains(was[old]) {
                note(.asBefore, path + [String(old)], was[old], nil, was[old])
                continue
            }
            note(.goesBack, path + [String(old)], was[old], nil, nil)
            let before = (0..<old).reversed().lazy.compactMap { earlier in
                toWas.firstIndex(of: earlier).flatMap { toNow[$0] }
            }.first
            inserted[before ?? -1, default: []].append(was[old])
        }
        return (inserted[-1] ?? []) + result.enumerated().flatMap { [$1].compactMap { $0 } + (inserted[$0] ?? []) }
    }

    /// For each element the place of the same one in another list: equal, else of the same name, else, in lists of the
    /// same length, at the same place.
    private static func align(_ list: [JSONValue], _ other: [JSONValue]) -> [Int?] {
        var places = [Int?](repeating: nil, count: list.count)
        var free = Set(other.indices)
        func take(_ index: Int, _ matches: (JSONValue) -> Bool) {
            guard places[index] == nil, let place = free.sorted().first(where: { matches(other[$0]) }) else { return }
            places[index] = place
            free.remove(place)
        }
        for index in list.indices { take(index) { $0 == list[index] } }
        for index in list.indices {
            if let name = name(list[index]) { take(index) { Self.name($0) == name } }
        }
        if list.count == other.count {
            for index in list.indices where places[index] == nil && free.contains(index) {
                places[index] = index
                free.remove(index)
            }
        }
        return places
    }

    /// What an element of a list is for.
    private static func name(_ element: JSONValue) -> JSONValue? {
        for key in ["name", "destination", "match", "matches", "containerPort", "port", "host", "key", "type"] {
            if let value = element[key] { return .object(JSONObject([(key, value)])) }
        }
        return nil
    }
}
