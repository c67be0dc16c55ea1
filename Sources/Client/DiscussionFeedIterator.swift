extension DiscussionFeed {
    /// Asks for more when all that came before was taken: so the next poll's cursor acknowledges only what the
    /// caller has seen.
    public struct Iterator: AsyncIteratorProtocol {
        private let site: ParleySite
        private let discussion: String
        /// Names this follower, so that its newer poll completes the older one that a broken connection left.
        private let client = SiteCommand.freshID()
        /// Everything up to here is told or pending.
        private var cursor: Int
        private var pending: ArraySlice<FeedItem> = []
        /// Before the next request.
        private var pause: Duration?
        /// Requests that failed in a row.
        private var failures = 0
        private var hasAnswered = false
        /// The cursor was refused: the next request fetches the discussion.
        private var beginsAnew = false
        /// Cursors refused in a row; all but the first were fresh from a fetched discussion.
        private var refusedCursors = 0
        /// The last poll found no room to be held.
        private var wasTurnedAway = false
        private var isDeleted = false
        private var isOver = false

        init(site: ParleySite, discussion: String, cursor: Int) {
            self.site = site
            self.discussion = discussion
            self.cursor = cursor
        }

        /// The next item, waiting for it as long as it takes; nil after the discussion was deleted.
        ///
        /// - Throws: ``SiteError`` or `CancellationError`.
        public mutating func next() async throws -> FeedItem? {
            while pending.isEmpty, !isOver {
                if let rest = pause {
                    try await site.timing.sleep(rest)
                    pause = nil
                }
                do {
                    try await beginsAnew ? fetch() : poll()
                } catch SiteError.refused(let refusal)
                    where refusal.status == 410
                    && refusedCursors < site.limits.triesAtFirst
                {
                    beginsAnew = true
                    refusedCursors += 1
                } catch SiteError.refused(let refusal) where refusal.isNotFound && (isDeleted || failures > 0)
                {
                    // Deleted, perhaps while the connection was lost.
                    isOver = true
                } catch {
                    isOver = true
                    throw error
                }
            }
            return pending.popFirst()
        }

        private mutating func poll() async throws {
            // After trouble an answer at once tells whether it is over; and who found no room to be held gets
            // what there is.
            let wait = failures > 0 || wasTurnedAway ? "&wait=0" : ""
            let url = site.address.discussion(discussion) + "/events?after=\(cursor)&client=\(client)\(wait)"
            let asked = site.timing.now()
            let outcome = try await site.get(url) { answer in
                EventsAnswer(answer.body).map { (answer: $0, retryAfter: answer.retryAfter) }
            }
            switch outcome {
            case .failed(let failure): try failed(failure)
            case .done((let answer, let retryAfter)):
                let wasLost = answered()
                refusedCursors = 0
                take(answer)
                let limits = site.limits
                wasTurnedAway = retryAfter != nil && answer.events.isEmpty
                if let retryAfter, wasTurnedAway {
                    // A cap on held polls was reached: the site says when to come back.
                    pause = Swift.min(retryAfter, RetryAfter.longest)
                } else if answer.events.isEmpty, !wasLost,
                    site.timing.now() - asked < limits.shortestPoll
                {
                    pause = limits.shortestPoll
                }
            }
        }

        private mutating func take(_ answer: EventsAnswer) {
            for event in answer.events where event.id > cursor {
                cursor = event.id
                switch event.body {
                case .discussionDeleted: isDeleted = true
                case .discussionRestored: isDeleted = false
                default: break
                }
                pending.append(.event(event))
            }
            cursor = Swift.max(cursor, answer.cursor)
            if answer.events.count < EventsAnswer.longest { pending.append(.caughtUp(cursor: cursor)) }
        }

        private mutating func fetch() async throws {
            switch try await site.fetch(discussion) {
            case .failed(let failure): try failed(failure)
            case .done(let snapshot):
                _ = answered()
                beginsAnew = false
                cursor = snapshot.cursor
                pending.append(.begunAnew(snapshot))
            }
        }

        /// - Returns: whether the connection was lost before.
        private mutating func answered() -> Bool {
            let wasLost = failures > 0
            if wasLost { pending.append(.back) }
            failures = 0
            hasAnswered = true
            return wasLost
        }

        private mutating func failed(_ failure: PassingFailure) throws {
            failures += 1
            let limits = site.limits
            let most = hasAnswered ? limits.triesOnceFollowing : limits.triesAtFirst
            let chance = site.timing.chance()
            guard failures < most, let rest = failure.pause(tries: failures, chance: chance) else {
                throw failure.error(tries: failures)
            }
            pause = rest
            if failures == 1 { pending.append(.lost(reason: failure.reason)) }
        }
    }
}
