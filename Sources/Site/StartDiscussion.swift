import Domain
import Engine
import HTTPTypes
import Hummingbird

extension Site {
    /// `POST /discussions`: `start-dialogue`, with `topic` and `place`.
    @Sendable func startDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form(request)
        do {
            let topic = try TextRule.topic.check(try form.text("topic") ?? "")
            let place = try place(form)
            let command = try command(
                "start-dialogue",
                request,
                form,
                fields: [("topic", topic), ("place", place.rawValue)]
            )
            let acknowledgement = try await engine.start(command, topic: topic, place: place)
            return try answer(acknowledgement, to: request, status: .created)
        } catch {
            guard !request.wantsJSON, let problem = Problem(error) else { throw error }
            return try await startPage(refused: problem, typed: form)
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
