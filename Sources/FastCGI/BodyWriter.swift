internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Hummingbird's door to a response's body; each write is flushed, so that tokens stream.
struct BodyWriter: ResponseBodyWriter {
    let output: ResponseOutput

    mutating func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await output.write(buffer)
    }

    mutating func write(contentsOf buffers: some Sequence<ByteBuffer>) async throws {
        var joined = ByteBuffer()
        for var buffer in buffers { joined.writeBuffer(&buffer) }
        try await write(joined)
    }

    /// Does nothing yet: the end records follow when the request's body is drained.
    ///
    /// FastCGI has no trailers: they are dropped.
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
