/// What was scanned since the start.
package struct ScanCounts: Sendable, Equatable {
    package var clean = 0
    package var infected = 0
    package var refused = 0
    package var failed = 0
    package var seconds = 0.0

    package init() {}

    package var all: Int { clean + infected + refused + failed }
}
