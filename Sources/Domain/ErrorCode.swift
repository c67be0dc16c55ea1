/// The code of an error, as scripts see it.
///
/// Statuses belong to Site.
package enum ErrorCode: String, Sendable, Hashable, Codable {
    case validation = "VALIDATION_ERROR"
    case unauthenticated = "UNAUTHENTICATED"
    case forbidden = "FORBIDDEN"
    case rateLimited = "RATE_LIMIT_EXCEEDED"
    case discussionNotFound = "DISCUSSION_NOT_FOUND"
    case notFound = "NOT_FOUND"
    case notWaiting = "NOT_WAITING"
    case notRunning = "NOT_RUNNING"
    case notResolved = "NOT_RESOLVED"
    case budgetExceeded = "BUDGET_EXCEEDED"
    case cursorAhead = "CURSOR_AHEAD"
    case cursorExpired = "CURSOR_EXPIRED"
    case invalidFileSize = "INVALID_FILE_SIZE"
    case invalidFileType = "INVALID_FILE_TYPE"
    case fileInfected = "FILE_INFECTED"
    case scanUnavailable = "SCAN_UNAVAILABLE"
    case commandConflict = "COMMAND_CONFLICT"
    case internalError = "INTERNAL_ERROR"
    case noProvider = "NO_LLM_PROVIDER_AVAILABLE"
    case providerError = "LLM_PROVIDER_ERROR"
    case providerTimeout = "LLM_TIMEOUT"
}
