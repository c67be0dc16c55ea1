// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import CClamAV

/// What one scan has found.
enum Scan: Equatable {
    case clean
    case found(String)
    case refused(String)
    case error(String)

    init(of descriptor: Int32, with engine: OpaquePointer, in space: TemporarySpace) {
        if let fault = space.fault() {
            self = .error(fault)
            return
        }
        let (found, hasComplained) = Complaints.during { Self.found(in: descriptor, with: engine) }
        self = found
        guard found == .clean else { return }
        if hasComplained {
            self = .error("libclamav met an error of its own, after which clean means nothing")
        } else if let fault = space.fault() {
            self = .error(fault)
        }
    }

    private static func found(in descriptor: Int32, with engine: OpaquePointer) -> Scan {
        var options = cl_scan_options()
        options.general = UInt32(CL_SCAN_GENERAL_HEURISTICS)
        options.parse = ~0
        // Without it a file beyond a limit comes back clean.
        options.heuristic = UInt32(CL_SCAN_HEURISTIC_EXCEEDS_MAX)
        var found: UnsafePointer<CChar>?
        var scanned: UInt = 0
        let code = cl_scandesc(descriptor, nil, &found, &scanned, engine, &options)
        // The name belongs to the engine.
        let name = found.map { String(cString: $0) }
        switch code {
        case CL_CLEAN:
            // A name without the matching code is nothing that we know to be clean.
            return name.map { .error("clean, but named \($0)") } ?? .clean
        case CL_VIRUS:
            guard let name, !name.isEmpty else { return .refused("over a limit") }
            return name.hasPrefix("Heuristics.Limits.Exceeded") ? .refused(name) : .found(name)
        case CL_EMAXREC, CL_EMAXSIZE, CL_EMAXFILES, CL_ETIMEOUT, CL_EFORMAT, CL_EPARSE, CL_EUNPACK:
            return .refused(String(cString: cl_strerror(code)))
        default:
            return .error(String(cString: cl_strerror(code)))
        }
    }

    /// As it is sent.
    func message(_ id: some StringProtocol) -> String {
        switch self {
        case .clean: "clean \(id) "
        case .found(let name): "found \(id) \(name)"
        case .refused(let reason): "refused \(id) \(reason)"
        case .error(let reason): "error \(id) \(reason)"
        }
    }
}
