import Foundation
import HTTPTypes
import Hummingbird
import Mustache

/// The pages' templates, embedded at build.
///
/// Every value is escaped unless a template says otherwise.
struct Templates: Sendable {
    private let library: MustacheLibrary

    init() throws {
        MustacheContentTypes.register(EscapedHTML(), named: "ESCAPED")
        var library = MustacheLibrary()
        for (name, bytes) in [
            ("layout", PackageResources.layout_mustache),
            ("words", PackageResources.words_mustache),
            ("start-page", PackageResources.start_page_mustache),
            ("examples", PackageResources.examples_mustache),
            ("list", PackageResources.list_mustache),
            ("list-page", PackageResources.list_page_mustache),
            ("deleted-page", PackageResources.deleted_page_mustache),
            ("discussion-page", PackageResources.discussion_page_mustache),
            ("waiting", PackageResources.waiting_mustache),
            ("keys", PackageResources.keys_mustache),
            ("files", PackageResources.files_mustache),
            ("file-choice", PackageResources.file_choice_mustache),
            ("round", PackageResources.round_mustache),
            ("round-page", PackageResources.round_page_mustache),
            ("live-page", PackageResources.live_page_mustache),
            ("costs-page", PackageResources.costs_page_mustache),
            ("status-page", PackageResources.status_page_mustache),
            ("export-page", PackageResources.export_page_mustache),
            ("providers-page", PackageResources.providers_page_mustache),
            ("error-page", PackageResources.error_page_mustache),
            ("form-token", PackageResources.form_token_mustache),
            ("sign-in-page", PackageResources.sign_in_page_mustache),
            ("signed-out-page", PackageResources.signed_out_page_mustache),
            ("account-page", PackageResources.account_page_mustache),
        ] {
            // In front of each: a partial begins with the library's own escaping again.
            try library.register(
                "{{% CONTENT_TYPE:ESCAPED}}" + String(decoding: bytes, as: UTF8.self),
                named: name
            )
        }
        self.library = library
    }

    func render(_ view: Any, _ name: String) throws -> String {
        guard let html = library.render(view, withTemplate: name) else { throw MissingTemplate(name: name) }
        return html
    }

    struct MissingTemplate: Error {
        let name: String
    }
}

/// Escaping by bytes.
///
/// The library's own goes by characters, and passes a `<` or a quote by that combines with its neighbour into
/// one: an Arabic number sign before `<script>` was enough.
private struct EscapedHTML: MustacheContentType {
    func escapeText(_ text: String) -> String { HTML.escape(text) }
}

/// What every page shares.
struct Layout {
    let title: String
    let stylesheet: String
    let script: String
    let icon: String
    let home: String
    let status: String
    let costs: String
    let demoModel: String?
    /// What every form carries.
    let formToken: String
    /// Who is signed in; nil where nobody is, or nobody has to be.
    let signedIn: SignedIn?

    struct SignedIn {
        let name: String
        /// Nil where the house's sign-on knows of them.
        let account: String?
        let signOut: String?
    }
}

extension Site {
    /// - Parameter icon: what the browser shows beside the title.
    func layout(title: String, icon: String = "parley.svg", _ context: SiteContext) -> Layout {
        Layout(
            title: title,
            stylesheet: Links.asset("parley.css", version: about.assetVersion),
            script: Links.asset("parley.js", version: about.assetVersion),
            icon: Links.asset(icon, version: about.assetVersion),
            home: Links.start,
            status: Links.status,
            costs: Links.costs,
            demoModel: about.demoModel,
            formToken: context.formToken,
            signedIn: (try? context.asker.get()).flatMap(signedIn)
        )
    }

    private func signedIn(_ asker: Asker) -> Layout.SignedIn? {
        switch asker.means {
        case .house, .token: nil
        case .session: .init(name: asker.name, account: Links.account, signOut: Links.signOut)
        case .signOn: .init(name: asker.name, account: nil, signOut: nil)
        }
    }

    /// The address of a file that nginx serves by itself, of this build.
    func asset(_ name: String) -> String { Links.asset(name, version: about.assetVersion) }

    func page(_ template: String, _ view: Any, status: HTTPResponse.Status = .ok) throws -> Response {
        .html(try templates.render(view, template), status: status)
    }
}
