import ArgumentParser
import Foundation
import Support

/// `parley settings`: what is in force, a line each; of secrets only whether they are set.
struct ShowSettings: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print the settings in force, one NAME=value a line."
    )

    func run() throws {
        do {
            for entry in try loadSettings().entries { print("\(entry.name)=\(entry.shown)") }
        } catch let fault as InvalidSetting {
            FileHandle.standardError.write(Data("parley: \(fault)\n".utf8))
            throw ExitCode.failure
        }
    }
}
