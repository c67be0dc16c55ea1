import Domain
import Hummingbird

extension Site {
    /// The list on a page of its own: searched, filtered, or further back.
    func listPage(
        _ list: DiscussionList,
        _ question: ListQuestion,
        _ context: SiteContext
    ) throws -> Response {
        let heading = question.isSearch ? "Search" : "Your discussions"
        return try page(
            "list-page",
            ListPageView(
                layout: layout(
                    title: question.isSearch ? "\(question.typed.prefix(60)) · Search" : heading,
                    context
                ),
                home: Links.start,
                heading: heading,
                list: ListView(list, question)
            )
        )
    }
}

private struct ListPageView {
    let layout: Layout
    let home: String
    let heading: String
    let list: ListView
}
