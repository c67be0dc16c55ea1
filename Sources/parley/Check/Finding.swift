/// What `parley check` says of one thing that Parley depends on.
struct Finding: Encodable {
    enum Status: String, Encodable, Comparable {
        case ok, warn, fail

        static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warn: 1
            case .fail: 2
            }
        }
    }

    let name: String
    let status: Status
    let detail: String
    /// What to do about it; nil where nothing is to be done.
    let remedy: String?

    static func ok(_ name: String, _ detail: String) -> Finding {
        Finding(name: name, status: .ok, detail: detail, remedy: nil)
    }

    static func warn(_ name: String, _ detail: String, _ remedy: String) -> Finding {
        Finding(name: name, status: .warn, detail: detail, remedy: remedy)
    }

    static func fail(_ name: String, _ detail: String, _ remedy: String) -> Finding {
        Finding(name: name, status: .fail, detail: detail, remedy: remedy)
    }

    /// `fail  database      cannot be read: … → remedy`.
    var line: String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        return padded(status.rawValue, 6) + padded(name, 22) + detail + (remedy.map { " → \($0)" } ?? "")
    }
}
