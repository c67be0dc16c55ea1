import CMarkdown

/// Builds the HTML from md4c's callbacks.
final class MarkdownBuilder {
    /// What md4c must be told to stop: any other value than -1 is lost on the way out.
    private static let abort: Int32 = -1
    /// Longer addresses are no links that a person follows.
    private static let longestLink = 2_048
    private static let schemes = ["https://", "http://", "mailto:"]

    private let headingLevel: Int
    private let limit: Int
    private var bytes: [UInt8] = []
    /// What each open span is, and what closes it; empty for a link that was not written as one.
    private var spans: [(type: MD_SPANTYPE, end: String)] = []

    init(headingLevel: Int, limit: Int) {
        self.headingLevel = headingLevel
        self.limit = limit
    }

    var html: String { String(decoding: bytes, as: UTF8.self) }

    /// The builder behind a callback's context pointer; `render` keeps it alive.
    static func from(_ context: UnsafeMutableRawPointer?) -> MarkdownBuilder {
        guard let context else { preconditionFailure("md4c lost its context") }
        return Unmanaged<MarkdownBuilder>.fromOpaque(context).takeUnretainedValue()
    }

    func enter(block: MD_BLOCKTYPE, _ detail: UnsafeMutableRawPointer?) -> Int32 {
        closeSpans(from: 0)
        switch block {
        case MD_BLOCK_QUOTE: write("<blockquote>\n")
        case MD_BLOCK_UL: write("<ul>\n")
        case MD_BLOCK_OL:
            let start = detail?.load(as: MD_BLOCK_OL_DETAIL.self).start ?? 1
            write(start == 1 ? "<ol>\n" : "<ol start=\"\(start)\">\n")
        case MD_BLOCK_LI: write("<li>")
        case MD_BLOCK_HR: write("<hr>\n")
        case MD_BLOCK_H: write("<h\(level(detail))>")
        case MD_BLOCK_CODE: write("<pre tabindex=\"0\"><code>")
        case MD_BLOCK_P: write("<p>")
        case MD_BLOCK_TABLE: write("<div class=\"table\" tabindex=\"0\" role=\"group\"><table>\n")
        case MD_BLOCK_THEAD: write("<thead>\n")
        case MD_BLOCK_TBODY: write("<tbody>\n")
        case MD_BLOCK_TR: write("<tr>")
        case MD_BLOCK_TH: write("<th\(alignment(detail))>")
        case MD_BLOCK_TD: write("<td\(alignment(detail))>")
        default: break
        }
        return verdict
    }

    func leave(block: MD_BLOCKTYPE, _ detail: UnsafeMutableRawPointer?) -> Int32 {
        closeSpans(from: 0)
        switch block {
        case MD_BLOCK_QUOTE: write("</blockquote>\n")
        case MD_BLOCK_UL: write("</ul>\n")
        case MD_BLOCK_OL: write("</ol>\n")
        case MD_BLOCK_LI: write("</li>\n")
        case MD_BLOCK_H: write("</h\(level(detail))>\n")
        case MD_BLOCK_CODE: write("</code></pre>\n")
        case MD_BLOCK_P: write("</p>\n")
        case MD_BLOCK_TABLE: write("</table></div>\n")
        case MD_BLOCK_THEAD: write("</thead>\n")
        case MD_BLOCK_TBODY: write("</tbody>\n")
        case MD_BLOCK_TR: write("</tr>\n")
        case MD_BLOCK_TH: write("</th>")
        case MD_BLOCK_TD: write("</td>")
        default: break
        }
        return verdict
    }

    func enter(span: MD_SPANTYPE, _ detail: UnsafeMutableRawPointer?) -> Int32 {
        switch span {
        case MD_SPAN_EM: open(span, "em")
        case MD_SPAN_STRONG: open(span, "strong")
        case MD_SPAN_CODE: open(span, "code")
        case MD_SPAN_DEL: open(span, "del")
        case MD_SPAN_A: open(span, link: detail?.load(as: MD_SPAN_A_DETAIL.self).href)
        // An image would be fetched from wherever a model says: it becomes a link with its description.
        case MD_SPAN_IMG: open(span, link: detail?.load(as: MD_SPAN_IMG_DETAIL.self).src)
        default: break
        }
        return verdict
    }

    /// Closes a span, and first what was opened in it: md4c lets an address that it finds by itself reach out of the
    /// emphasis that it begins in.
    func leave(span: MD_SPANTYPE) -> Int32 {
        guard let place = spans.lastIndex(where: { $0.type == span }) else { return verdict }
        closeSpans(from: place)
        return verdict
    }

    /// No span reaches out of the block that it begins in.
    private func closeSpans(from place: Int) {
        while spans.count > place { write(spans.removeLast().end) }
    }

    private func open(_ span: MD_SPANTYPE, _ tag: String) {
        write("<\(tag)>")
        spans.append((span, "</\(tag)>"))
    }

    func text(_ type: MD_TEXTTYPE, _ text: UnsafePointer<CChar>?, _ size: Int) -> Int32 {
        switch type {
        case MD_TEXT_NULLCHAR: write("\u{FFFD}")
        case MD_TEXT_BR: write("<br>\n")
        case MD_TEXT_SOFTBR: write("\n")
        // Only what has an entity's form is called one, so it is written as it came.
        case MD_TEXT_ENTITY: bytes += raw(text, size)
        default: HTML.escape(raw(text, size), into: &bytes)
        }
        return verdict
    }

    private var verdict: Int32 { bytes.count > limit ? Self.abort : 0 }

    private func write(_ html: String) {
        bytes += html.utf8
    }

    private func raw(_ text: UnsafePointer<CChar>?, _ size: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text, count: size)
    }

    private func level(_ detail: UnsafeMutableRawPointer?) -> Int {
        let level = Int(detail?.load(as: MD_BLOCK_H_DETAIL.self).level ?? 1)
        return min(level + headingLevel - 1, 6)
    }

    private func alignment(_ detail: UnsafeMutableRawPointer?) -> String {
        switch detail?.load(as: MD_BLOCK_TD_DETAIL.self).align {
        case MD_ALIGN_CENTER: " class=\"centre\""
        case MD_ALIGN_RIGHT: " class=\"right\""
        default: ""
        }
    }

    /// Schemes are matched on the text as written: an entity in them is no way around the list.
    private func open(_ span: MD_SPANTYPE, link: MD_ATTRIBUTE?) {
        guard let link, Int(link.size) <= Self.longestLink, !spans.contains(where: { $0.end == "</a>" })
        else {
            // An image in a link: HTML has no link in a link, and the outer one is the author's.
            spans.append((span, ""))
            return
        }
        let address = String(decoding: raw(link.text, Int(link.size)), as: UTF8.self).lowercased()
        let allowed = Self.schemes.contains { address.hasPrefix($0) }
        spans.append((span, allowed ? "</a>" : ""))
        guard allowed else { return }
        write("<a href=\"")
        write(attribute: link)
        write("\" rel=\"nofollow noopener noreferrer\">")
    }

    /// Entities stand as they came, or `&amp;` in an address would lead elsewhere; the rest is escaped.
    private func write(attribute: MD_ATTRIBUTE) {
        var part = 0
        var start = 0
        while start < Int(attribute.size) {
            let end = Int(attribute.substr_offsets[part + 1])
            let text = raw(attribute.text + start, end - start)
            if attribute.substr_types[part] == MD_TEXT_ENTITY {
                bytes += text
            } else {
                HTML.escape(text, into: &bytes)
            }
            (part, start) = (part + 1, end)
        }
    }
}
