/// What a page tells of a round that it does not show: who spoke, how it begins to end, and the person's part.
///
/// Small whatever was said in the round, so that a page of collapsed rounds stays small.
package struct RoundOutline: Sendable, Hashable, Codable {
    /// So many scalars of a text are looked at; an opening is shorter once its markup is taken out.
    package static let openingLimit = 400

    package let number: Int
    /// Those who have finished, in the order of their seats.
    package let speakers: [Persona]
    /// How the last of them begins; empty if nobody has finished.
    package let opening: String
    package let remarks: Int
    /// How the person's newest remark begins; empty if there is none.
    package let remark: String
    package let hasAnswers: Bool

    package init(
        number: Int,
        speakers: [Persona],
        opening: String,
        remarks: Int,
        remark: String,
        hasAnswers: Bool
    ) {
        self.number = number
        self.speakers = speakers
        self.opening = opening
        self.remarks = remarks
        self.remark = remark
        self.hasAnswers = hasAnswers
    }

    package init(_ round: Round) {
        let finished = round.messages.filter(\.finished)
        self.init(
            number: round.number,
            speakers: finished.map(\.persona),
            opening: Self.opening(finished.last?.content),
            remarks: round.userInput.count,
            remark: Self.opening(round.userInput.last),
            hasAnswers: round.answers != nil
        )
    }

    /// How many finished parts the round has.
    ///
    /// Parts are only ever added and never change, so whoever holds as many holds the same.
    package var parts: Int { speakers.count + remarks + (hasAnswers ? 1 : 0) }

    private static func opening(_ text: String?) -> String {
        String(String.UnicodeScalarView((text ?? "").unicodeScalars.prefix(openingLimit)))
    }
}
