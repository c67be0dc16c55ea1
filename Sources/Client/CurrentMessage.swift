/// The message that is being spoken, and how much of it was shown.
struct CurrentMessage {
    let id: String
    let persona: String
    let seat: Int
    var isFallback = false
    private var shown: [UInt8] = []

    init(id: String, persona: String, seat: Int) {
        self.id = id
        self.persona = persona
        self.seat = seat
    }

    /// What of `piece`, which lies at `offset` in the message's UTF-8, is new; nil for nothing, and when
    /// something before it is missing: the whole message comes at its end.
    mutating func take(_ piece: String, at offset: Int) -> String? {
        guard offset <= shown.count else { return nil }
        let new = Array(piece.utf8.dropFirst(shown.count - offset))
        guard !new.isEmpty else { return nil }
        shown += new
        return String(decoding: new, as: UTF8.self)
    }

    /// What of the whole message was not shown yet; nil when something else was shown.
    func rest(of content: String) -> String? {
        guard content.utf8.starts(with: shown) else { return nil }
        return String(decoding: content.utf8.dropFirst(shown.count), as: UTF8.self)
    }
}
