import Testing

/// All that speaks over sockets, one test after the other: some count threads and descriptors.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct TransportTests {}
