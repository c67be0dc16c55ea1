import Domain
import Hummingbird
import Store
import Support
import Uploads

extension Site {
    /// Performs a command within its person's limits, and writes it into the audit log.
    ///
    /// One that was carried out before costs nothing and is answered even where the limit is reached: whoever
    /// repeats it did not get its acknowledgement.
    func counted(
        _ kind: RateLimits.Class,
        _ request: Request,
        _ context: SiteContext,
        _ form: Form,
        _ perform: () async throws -> Acknowledgement
    ) async throws -> Acknowledgement {
        let person = try context.person
        let kinds = form.hadFiles ? [kind, .upload] : [kind]
        var isCounted = true
        do {
            try limits.take(kinds, for: person.id)
        } catch {
            guard try await isKnown(request, form, of: person.id) else {
                if limits.isWorthTelling(error, of: person.id) {
                    note(.rateLimited, nil, context, person, error.kind.rawValue)
                }
                throw error
            }
            isCounted = false
        }
        let acknowledgement: Acknowledgement
        do {
            acknowledgement = try await perform()
        } catch let refused as FilesRefused where refused.code == .fileInfected {
            note(.fileRefused, context.parameters.get("id"), context, person, refused.code.rawValue)
            throw refused
        }
        if acknowledgement.replayed {
            if isCounted { limits.giveBack(kinds, for: person.id) }
        } else {
            note(.command, acknowledgement.discussion.rawValue, context, person, acknowledgement.event)
        }
        return acknowledgement
    }

    /// Whether a command of this id was carried out before; what it was is judged by whoever performs it.
    private func isKnown(_ request: Request, _ form: Form, of person: PersonID) async throws -> Bool {
        guard let id = try commandID(request, form) else { return false }
        return try await store.read { reader in try reader.knowsCommand(id, of: person) }
    }

    /// Writes what a person did into the audit log.
    func note(
        _ event: AuditLog.Event,
        _ id: String?,
        _ context: SiteContext,
        _ person: Person,
        _ command: String? = nil
    ) {
        audit.record(
            event,
            who: person.name,
            id: id,
            from: context.remoteAddress,
            request: RequestID.current,
            command: command
        )
    }
}
