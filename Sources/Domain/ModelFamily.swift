/// What the seats of a panel have in common, where that makes their agreement weaker evidence.
package enum ModelKinship: Sendable, Hashable {
    case oneModel
    /// The family's name, such as `llama`: siblings were taught alike, and err alike.
    case oneFamily(String)
}

extension Panel {
    /// What all seats share: viewpoints that are not independent checks; nil for a panel of different models.
    package var kinship: ModelKinship? {
        guard seats.count > 1 else { return nil }
        if Set(seats.map(\.model)).count == 1 { return .oneModel }
        let families = Set(seats.map { Self.family(of: $0.model) })
        return families.count == 1 ? families.first?.map { .oneFamily($0) } : nil
    }

    /// The first word of a model's name, which its makers give to all its sizes and versions: `meta-llama/llama-3.3-70b`
    /// and `Llama3.1:8b` are both `llama`.
    ///
    /// Nil where the name begins with no word.
    private static func family(of model: String) -> String? {
        let name = model.split(separator: "/").last ?? ""
        let word = name.prefix(while: \.isLetter).lowercased()
        return word.count > 1 ? word : nil
    }
}
