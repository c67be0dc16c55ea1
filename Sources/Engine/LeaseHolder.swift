import Foundation

/// The name by which an engine holds leases: it tells whether the process behind it still lives.
struct LeaseHolder: Sendable {
    /// `boot:pid:start:engine`: the boot, the process, when it started (pids are used again), and one
    /// engine in it.
    let name: String

    init() {
        let pid = getpid()
        name = [Self.boot, String(pid), Self.start(of: pid) ?? "0", UUID().uuidString].joined(separator: ":")
    }

    /// Whether the process of `holder` still lives.
    ///
    /// A holder of another boot or machine is believed until its lease runs out.
    @Sendable func isAlive(_ holder: String) -> Bool {
        let parts = holder.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == Self.boot, let pid = Int32(parts[1]) else { return true }
        return Self.start(of: pid) == parts[2]
    }

    private static let boot: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    }()

    /// The 22nd field of /proc/PID/stat: clock ticks from boot to the process's start; nil if it is gone.
    private static func start(of pid: Int32) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        // A zombie holds nothing any more.
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return String(fields[19])
    }
}
