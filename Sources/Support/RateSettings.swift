/// How many commands one person may send in a minute.
package struct RateSettings: Sendable {
    package let start: Int
    package let commands: Int
    package let uploads: Int

    init(from reader: SettingsReader) throws {
        // The most is as good as none, for those who load-test or trust everybody.
        start = try reader.integer("RATE_LIMIT_START", default: 20, in: 1...1_000_000)
        commands = try reader.integer("RATE_LIMIT_COMMANDS", default: 120, in: 1...1_000_000)
        uploads = try reader.integer("RATE_LIMIT_UPLOADS", default: 20, in: 1...1_000_000)
    }
}
