import Domain
import Engine
import HTTPTypes
import Hummingbird

extension Site {
    /// `POST /discussions`: `start-dialogue`, with `topic`, `place` and `files`.
    @Sendable func startDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form(request, uploads)
        do {
            let acknowledgement = try await counted(.start, request, context, form) {
                let topic = try TextRule.topic.check(try form.text("topic") ?? "")
                let place = try place(form)
                let command = try command(
                    "start-dialogue",
                    request,
                    context,
                    form,
                    fields: [("topic", topic), ("place", place.rawValue)],
                    files: try form.files()
                )
                return try await taking(form.received, for: command) { files in
                    try await engine.start(command, topic: topic, place: place, files: files)
                }
            }
            return try answer(acknowledgement, to: request, status: .created)
        } catch {
            guard !request.wantsJSON, let problem = Problem(error) else { throw error }
            return try await startPage(context, refused: problem, typed: form).with(problem.headers)
        }
    }

    private func place(_ form: Form) throws -> Place {
        let text = try form.text("place") ?? ""
        if text.isEmpty { return about.staysInHouse ? .house : .any }
        guard let place = Place(rawValue: text) else {
            throw Problem.invalid("place", "The place is neither \"any\" nor \"house\".")
        }
        return place
    }
}
