import Foundation
import Glibc
import Support

/// What the kernel and the disk tell of this process, under the names that Prometheus' own clients use.
enum ProcessMetrics {
    static func text(database: String) -> String {
        var lines: [String] = []
        func add(_ name: String, _ type: String, _ help: String, _ value: Double?) {
            guard let value else { return }
            lines += [
                "# HELP \(name) \(help)", "# TYPE \(name) \(type)", "\(name) \(PrometheusText.number(value))",
            ]
        }
        add("process_resident_memory_bytes", "gauge", "Memory that is in RAM.", residentMemory)
        add("process_open_fds", "gauge", "Open files, sockets and pipes.", openFiles)
        add("process_max_fds", "gauge", "How many may be open.", openFilesLimit)
        add("process_cpu_seconds_total", "counter", "Time on a processor.", processorTime)
        let size = "The size of the database's file."
        add("parley_database_bytes", "gauge", size, bytes(database))
        let log = "The size of the database's write-ahead log; 4 MB is usual."
        add("parley_database_wal_bytes", "gauge", log, bytes(database + "-wal") ?? 0)
        let free = "What is free on the disk of the database."
        add("parley_disk_free_bytes", "gauge", free, freeBytes(database))
        return lines.map { $0 + "\n" }.joined()
    }

    private static var residentMemory: Double? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        return text.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map {
            $0 * Double(getpagesize())
        }
    }

    private static var openFiles: Double? {
        // The listing itself has one open.
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count - 1) }
    }

    private static var openFilesLimit: Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    private static var processorTime: Double? {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func bytes(_ path: String) -> Double? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.doubleValue
    }

    private static func freeBytes(_ path: String) -> Double? {
        var info = statvfs()
        guard statvfs((path as NSString).deletingLastPathComponent, &info) == 0 else { return nil }
        return Double(info.f_bavail) * Double(info.f_frsize)
    }
}
