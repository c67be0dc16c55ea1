/// How much a person may send at once.
package struct UploadLimits: Sendable {
    /// Bytes of one file.
    package var file = 10 << 20
    /// Files of one command.
    package var files = 5
    /// Bytes of one request, text and files together.
    package var request = 25 << 20
    /// Bytes of all text of a request: the answers to five questions, 5,000 scalars of four bytes each, and
    /// room for as much again.
    package var text = 512 << 10
    /// Bytes of a text that are kept for the models: a token is rarely shorter than three.
    package var keptText = 24_000
    /// From the last byte of a command to its answer, for scan and text together: clients wait 120 s.
    package var patience = Duration.seconds(100)
    /// Uploads that are received at the same time: what they may have written comes to 800 MB at most.
    package var receptions = 32
    /// Bytes that stay free on the disk, for the database: no file is begun when there are fewer.
    package var spareDisk = 256 << 20

    package init() {}

    /// `5 files of 10 MB each, 25 MB together`.
    package var words: String {
        "\(files) files of \(Self.words(file)) each, \(Self.words(request)) together"
    }

    /// `10 MB`.
    static func words(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + (1 << 19)) >> 20
        return tenths % 10 == 0 || tenths >= 100 ? "\(tenths / 10) MB" : "\(tenths / 10).\(tenths % 10) MB"
    }
}
