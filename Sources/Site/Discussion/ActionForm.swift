import Domain

/// A form that sends a command: where it goes, its fresh command id, and what people are told after it.
struct ActionForm {
    let action: String
    let commandID: String
    /// Empty where the page that it leads to tells of it.
    let done: String
    /// The page that follows, where that is not the one that holds the form.
    let next: String?

    init(_ action: Links.Action, _ discussion: DiscussionID, commandID: String) {
        self.action = Links.action(action, discussion)
        self.commandID = commandID
        done = Outcome.words[action.command] ?? ""
        next =
            switch action {
            case .delete: Links.list(deleted: discussion)
            case .restore: Links.discussion(discussion)
            default: nil
            }
    }
}
