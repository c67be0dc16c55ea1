import Domain
import Foundation
import Providers
import Support

/// The settings of this process: its environment over what systemd handed over as credentials over `.env` over the
/// defaults.
///
/// - Throws: `InvalidSetting`, whose description is the one line to print.
func loadSettings() throws -> (settings: Settings, entries: [SettingsReader.Entry]) {
    let environment = ProcessInfo.processInfo.environment
    let credentials = try Credentials.read(directory: environment["CREDENTIALS_DIRECTORY"])
    let reader = SettingsReader(
        environment: environment,
        file: try DotEnv.read(path: ".env").merging(credentials) { _, credential in credential }
    )
    func defaults(_ id: ProviderID) -> ProviderSettings.Defaults {
        let vendor = Vendor.of(id)
        return ProviderSettings.Defaults(
            baseURL: vendor.defaultBaseURL ?? "",
            model: vendor.defaultModel ?? ""
        )
    }
    let settings = try Settings(
        from: reader,
        mistral: defaults(.mistral),
        groq: defaults(.groq),
        openrouter: defaults(.openrouter)
    )
    return (settings, reader.entries)
}
