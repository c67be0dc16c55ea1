import Cache

extension Site {
    /// How memcached is used.
    func caching(_ text: inout MetricsText) {
        guard let cache else { return }
        let counts = cache.counts
        let standing = cache.standing
        text.gauge("parley_cache_servers", "memcached servers that are set.", [("", Double(standing.all))])
        text.gauge(
            "parley_cache_servers_up",
            "memcached servers that are asked: one that failed is left alone for some seconds.",
            [("", Double(standing.asked))]
        )
        func counter(_ name: String, _ help: String, _ discussions: Int, _ rounds: Int) {
            text.counter(
                name,
                help,
                [("{of=\"discussion\"}", Double(discussions)), ("{of=\"round\"}", Double(rounds))]
            )
        }
        counter(
            "parley_cache_hits_total",
            "Values that were found in memcached.",
            counts.discussions.hits,
            counts.rounds.hits
        )
        counter(
            "parley_cache_misses_total",
            "Values that were not found there, or not looked for while a server was left alone.",
            counts.discussions.misses,
            counts.rounds.misses
        )
        let totals: [(name: String, help: String, value: Double)] = [
            ("errors_total", "Questions that a memcached server did not answer.", Double(counts.errors)),
            ("timeouts_total", "Those of them that it was waited for in vain.", Double(counts.timeouts)),
            (
                "skipped_total", "Values that were not looked for: a server is left alone.",
                Double(counts.skipped)
            ),
            ("stored_total", "Values that were given to memcached.", Double(counts.stored)),
            (
                "too_large_total", "Values that memcached does not take: over 1 MB, or over its own limit.",
                Double(counts.tooLarge)
            ),
            ("trips_total", "How often memcached was asked for values.", Double(counts.trips)),
            ("seconds_total", "The time that requests waited for memcached, all together.", counts.seconds),
        ]
        for total in totals { text.counter("parley_cache_\(total.name)", total.help, [("", total.value)]) }
    }
}
