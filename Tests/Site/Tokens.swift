/// Reads HTML as strictly as nobody else does: whatever is not plainly text, an entity or a tag in the
/// form that our own templates use is a fault.
struct Tokens {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    struct Tag {
        let name: String
        var attributes: [String: String] = [:]
        var isEnd = false
    }

    enum Token {
        case text(String)
        case tag(Tag)
    }

    /// The tags and the attributes that may appear.
    typealias Allowed = [String: Set<String>]

    private(set) var all: [Token] = []

    private static let void: Set = ["br", "hr", "input", "link", "meta"]

    var tags: [Tag] { all.compactMap { if case .tag(let tag) = $0 { tag } else { nil } } }

    /// The text inside the first element of this name.
    func text(in name: String) -> String? {
        var inside = false
        var text = ""
        for token in all {
            switch token {
            case .tag(let tag) where tag.name == name && !tag.isEnd: inside = true
            case .tag(let tag) where tag.name == name && inside: return text
            case .text(let part) where inside: text += part
            default: break
            }
        }
        return nil
    }

    /// Reads `html`.
    ///
    /// - Throws: ``Fault``.
    init(_ html: String, allowed: Allowed) throws {
        var reader = Reader(bytes: Array(html.utf8))
        var open: [String] = []
        while let byte = reader.peek {
            guard byte == UInt8(ascii: "<") else {
                all.append(.text(try reader.text(until: UInt8(ascii: "<"))))
                continue
            }
            if reader.skip("<!doctype html>") { continue }
            let tag = try reader.tag()
            guard let attributes = allowed[tag.name] else { throw Fault(description: "<\(tag.name)>") }
            guard Set(tag.attributes.keys).isSubset(of: attributes) else {
                throw Fault(description: "<\(tag.name)> with \(tag.attributes.keys.sorted())")
            }
            if tag.isEnd {
                guard open.popLast() == tag.name else {
                    throw Fault(description: "</\(tag.name)> closes nothing")
                }
            } else if !Self.void.contains(tag.name) {
                if tag.name == "a", open.contains("a") { throw Fault(description: "a link in a link") }
                open.append(tag.name)
            }
            all.append(.tag(tag))
        }
        guard open.isEmpty else { throw Fault(description: "left open: \(open)") }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func skip(_ text: String) -> Bool {
            guard bytes[index...].starts(with: text.utf8) else { return false }
            index += text.utf8.count
            return true
        }

        mutating func expect(_ text: String) throws {
            guard skip(text) else { throw fault("\(text) is missing") }
        }

        func fault(_ what: String) -> Fault {
            let near = String(
                decoding: bytes[max(0, index - 40)..<min(bytes.count, index + 40)],
                as: UTF8.self
            )
            return Fault(description: "\(what) at \(index) near \(near.debugDescription)")
        }

        /// Text with its entities decoded, up to `end`, which is left.
        mutating func text(until end: UInt8) throws -> String {
            var text: [UInt8] = []
            while let byte = peek, byte != end {
                switch byte {
                case UInt8(ascii: "<"), UInt8(ascii: ">"): throw fault("a bare sign")
                case 0: throw fault("NUL")
                case UInt8(ascii: "&"): text += try entity().utf8
                default:
                    text.append(byte)
                    index += 1
                }
            }
            return String(decoding: text, as: UTF8.self)
        }

        private mutating func entity() throws -> String {
            let known = ["&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'"]
            for (entity, text) in known where skip(entity) { return text }
            // Others are kept as they came: a browser shows a sign for them, never a tag.
            let length = bytes[index...].dropFirst().prefix { byte in
                byte == UInt8(ascii: "#") || Character(UnicodeScalar(byte)).isLetter && byte < 0x80
                    || (0x30...0x39).contains(byte)
            }.count
            guard length > 0, index + length + 1 < bytes.count, bytes[index + length + 1] == UInt8(ascii: ";")
            else { throw fault("a bare ampersand") }
            defer { index += length + 2 }
            return String(decoding: bytes[index..<index + length + 2], as: UTF8.self)
        }

        private mutating func name() throws -> String {
            let start = index
            while let byte = peek,
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
                    || byte == UInt8(ascii: "_")
            {
                index += 1
            }
            guard index > start else { throw fault("no name") }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }

        mutating func tag() throws -> Tag {
            try expect("<")
            let isEnd = skip("/")
            var tag = Tag(name: try name(), isEnd: isEnd)
            while skip(" ") {
                let attribute = try name()
                var value = ""
                if skip("=\"") {
                    value = try text(until: UInt8(ascii: "\""))
                    try expect("\"")
                }
                guard tag.attributes.updateValue(value, forKey: attribute) == nil else {
                    throw fault("\(attribute) twice")
                }
            }
            try expect(">")
            guard !isEnd || tag.attributes.isEmpty else { throw fault("an end tag with attributes") }
            return tag
        }
    }
}

extension Tokens.Allowed {
    /// What Markdown may become.
    static let markdown: Self = [
        "blockquote": [], "ul": [], "ol": ["start"], "li": [], "hr": [], "h4": [], "h5": [], "h6": [],
        "pre": ["tabindex", "class"], "code": [], "p": [], "div": ["class", "tabindex", "role"],
        "table": [], "thead": [], "tbody": [], "tr": [], "th": ["class"], "td": ["class"], "em": [],
        "strong": [], "del": [], "br": [], "a": ["href", "rel"],
    ]

    /// What a whole page may hold: our templates' own elements, and Markdown's.
    static let page: Self = {
        let own: Self = [
            "html": ["lang"], "head": [], "meta": ["charset", "name", "content"], "title": [],
            "link": ["rel", "href", "type"], "body": ["class"], "main": ["id"], "footer": ["class", "id"],
            "header": ["class"], "aside": ["class", "aria-label"],
            "section": [
                "class", "id", "aria-labelledby", "aria-label", "data-speaking", "data-round", "data-seat",
                "data-by", "data-said", "data-parts",
            ],
            "article": [
                "class", "id", "aria-labelledby", "aria-busy", "data-discussion", "data-cursor", "data-page",
                "data-events", "data-own",
            ],
            "script": ["type", "src"],
            "template": [
                "id", "data-groq", "data-mistral", "data-openrouter", "data-local", "data-close",
                "data-reload",
                "data-again", "data-silence", "data-wait", "data-unanswered", "data-refused", "data-later",
                "data-stale", "data-copied", "data-select", "data-copying", "data-0", "data-back", "data-401",
                "data-403", "data-speaks", "data-turn", "data-fallback", "data-questions-generated",
                "data-summary-created", "data-person", "data-agreed", "data-max_turns",
            ],
            "h1": ["dir", "id", "class"],
            "h2": ["id", "class"],
            "h3": ["id"], "p": ["class", "id", "dir", "role"], "span": ["class", "dir", "aria-hidden"],
            "b": [], "kbd": [], "strong": [],
            "code": [],
            "ul": ["class", "aria-labelledby"], "li": ["class", "id", "dir", "data-seat", "data-provider"],
            "time": ["datetime"],
            "div": [
                "class", "dir", "role", "id", "tabindex", "aria-atomic", "aria-labelledby", "autofocus",
                "data-flash", "data-own", "hidden", "data-windowing", "data-key", "data-go", "data-by",
                "data-press",
            ],
            "dialog": ["class", "id", "aria-labelledby"],
            "a": ["href", "class", "rel", "dir", "target", "aria-label", "aria-current"],
            "iframe": ["src", "title", "class"],
            "form": [
                "method", "action", "id", "class", "data-done", "data-next", "data-closed", "data-set",
                "role", "enctype",
            ],
            "input": [
                "type", "name", "value", "checked", "dir", "id", "maxlength", "inputmode", "size",
                "autocomplete", "multiple", "accept", "aria-describedby", "aria-invalid", "required",
                "minlength", "autocapitalize", "spellcheck",
            ],
            "details": ["class", "open", "id"], "summary": [], "dl": ["class"], "dt": ["dir"],
            "dd": ["class", "dir"],
            "nav": ["class", "id", "aria-label"], "mark": [],
            "svg": ["width", "height", "aria-hidden"],
            "circle": ["class", "cx", "cy", "r", "fill", "stroke", "stroke-width"], "path": ["class", "d"],
            "label": ["for", "class"], "button": ["type", "class", "id", "hidden", "aria-pressed"],
            "fieldset": ["id"], "legend": ["dir"],
            "textarea": [
                "id", "name", "rows", "dir", "required", "aria-describedby", "aria-invalid", "readonly",
            ],
        ]
        return own.merging(markdown) { $0.union($1) }
    }()
}
