import Foundation

/// The name by which an engine holds leases: it tells whether the process behind it still lives.
struct LeaseHolder: Sendable {
    /// `boot/namespace:pid:start:engine`: the boot, the process, when it started (pids are used again), and one
    /// engine in it.
    let name: String

    init() {
        let pid = getpid()
        name = [Self.place, String(pid), Self.start(of: pid) ?? "0", UUID().uuidString].joined(separator: ":")
    }

    /// Whether the process of `holder` still lives.
    ///
    /// A holder of another boot or machine is believed until its lease runs out.
    @Sendable func isAlive(_ holder: String) -> Bool {
        let parts = holder.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == Self.place, let pid = Int32(parts[1]) else { return true }
        return Self.start(of: pid) == parts[2]
    }

    /// The boot and the namespace of process ids: a pid means something only there.
    private static let place: String = {
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        let digits = (space ?? "").filter(\.isNumber)
        return (boot?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown") + "/" + digits
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
