/// What a feed tells: the events, and what becomes of the connection.
public enum FeedItem: Sendable {
    /// Each event comes once, in order.
    case event(DiscussionEvent)
    /// All that the site had to tell is told; this cursor acknowledges it, and a later feed may begin there.
    case caughtUp(cursor: Int)
    /// A request failed; it is tried again until ``back``, or until the feed ends with an error.
    case lost(reason: String)
    /// The site answers again; nothing was missed.
    case back
    /// The site could not go on from the cursor: the discussion as it stands now takes the place of the events
    /// between, and the feed goes on after it.
    case begunAnew(DiscussionSnapshot)
}

extension ParleySite {
    /// Follows a discussion.
    ///
    /// Iterating polls; cancelling closes the poll's connection.
    ///
    /// - Parameter cursor: events after this one are told; 0: all that are kept.
    public func feed(of discussion: String, after cursor: Int = 0) -> DiscussionFeed {
        DiscussionFeed(site: self, discussion: discussion, start: cursor)
    }
}

/// A discussion's events by long-poll, over lost answers and restarts of the site.
///
/// It ends after `discussion-deleted`, and throws ``SiteError`` when the site refuses to go on, or does not
/// answer in ``ClientLimits/triesOnceFollowing`` tries.
public struct DiscussionFeed: AsyncSequence, Sendable {
    public typealias Element = FeedItem

    let site: ParleySite
    let discussion: String
    let start: Int

    public func makeAsyncIterator() -> Iterator {
        Iterator(site: site, discussion: discussion, cursor: start)
    }
}
