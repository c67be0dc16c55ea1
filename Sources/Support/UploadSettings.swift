/// What people may send, and what of it models are given.
package struct UploadSettings: Sendable {
    /// Bytes of one file.
    package let maxFileBytes: Int
    /// Files of one command.
    package let maxFiles: Int
    /// Bytes of one request, text and files together.
    package let maxUploadBytes: Int
    /// What all files of a discussion together may take of a prompt, in tokens.
    package let fileTokenLimit: Int
    /// The providers, by the word that their settings' names carry, whose models can see pictures.
    package let seeing: Set<String>

    init(from reader: SettingsReader) throws {
        let megabyte = 1 << 20
        // Beyond a gigabyte it is no longer a page that sends it.
        maxFileBytes = megabyte * (try reader.integer("MAX_FILE_MB", default: 10, in: 1...1_000))
        maxFiles = try reader.integer("MAX_FILES", default: 5, in: 1...20)
        maxUploadBytes = megabyte * (try reader.integer("MAX_UPLOAD_MB", default: 25, in: 1...1_000))
        fileTokenLimit = try reader.integer("FILE_TOKEN_LIMIT", default: 8_000, in: 100...1_000_000)
        var seeing: Set<String> = []
        for (provider, name) in [
            ("MISTRAL", "MISTRAL_VISION"), ("GROQ", "GROQ_VISION"), ("OPENROUTER", "OPENROUTER_VISION"),
            ("LOCAL", "LOCAL_LLM_VISION"),
        ] where try reader.flag(name, default: false) {
            seeing.insert(provider)
        }
        self.seeing = seeing
    }
}
