/// Topics to begin with, of the kinds that a table is good at: a decision, a plan, a text, a disagreement.
///
/// Each is a link that fills the field, so that it can be changed before anything is sent.
enum ExampleTopics {
    static let all: [(label: String, topic: String)] = [
        (
            "Decide",
            "Should a team of eight move from a four-day office week to two days? Three of us have a long way, "
                + "two are new."
        ),
        (
            "Plan",
            "We have 3,000 euros and two volunteers. How could our town library start lending tools?"
        ),
        (
            "Check",
            "What is wrong with this argument? “Nobody has complained about the new form, so it must be clear.”"
        ),
        (
            "Compare",
            "SQLite or PostgreSQL for an internal tool with fifty users? What would make you change your mind "
                + "later?"
        ),
    ]
}
