import AsyncHTTPClient

extension ParleySite {
    /// How a site answers when it is asked how it is.
    package enum Health: Sendable {
        /// Of the answer; 503 is one of Parley's own, too.
        case status(Int)
        case none(reason: String)
    }

    /// Asks once.
    package func health(within time: Duration) async -> Health {
        do {
            let answer = try await exchange(
                HTTPClientRequest(url: "\(address.base)/health"),
                over: commands,
                silence: time / 4,
                atMost: 1 << 20
            )
            // Any server has a 200 for something: ours says what it is made of.
            let isOurs = String(decoding: answer.body, as: UTF8.self).contains("\"components\"")
            return .status(isOurs ? answer.status : answer.status == 200 ? 404 : answer.status)
        } catch {
            return .none(reason: (error as? NoAnswer)?.reason ?? "\(error)")
        }
    }
}
