/// An optional that encodes as `null` where the compiler would leave its key out.
///
/// Scripts read every key of the contract without asking first whether it is there.
@propertyWrapper
package struct ExplicitNull<Value: Codable & Sendable & Hashable>: Sendable, Hashable, Codable {
    package var wrappedValue: Value?

    package init(wrappedValue: Value?) {
        self.wrappedValue = wrappedValue
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue {
            try container.encode(wrappedValue)
        } else {
            try container.encodeNil()
        }
    }
}
