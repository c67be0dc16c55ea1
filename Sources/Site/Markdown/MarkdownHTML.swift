import CMarkdown

/// Markdown to HTML that is safe to show: no raw HTML, no images, links by an allow-list.
///
/// md4c parses (36 MB/s, linear); the HTML is ours, since md4c's own keeps `javascript:` links.
enum MarkdownHTML {
    /// A message's HTML never grows beyond this; text that would is shown as it was typed.
    static let outputLimit = 2 << 20

    /// The HTML of `markdown`.
    ///
    /// Headings begin at `headingLevel`, below the page's own.
    static func render(_ markdown: String, headingLevel: Int = 4) -> String {
        let builder = MarkdownBuilder(headingLevel: headingLevel, limit: outputLimit)
        var parser = MD_PARSER()
        parser.abi_version = 0
        parser.flags = UInt32(
            MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_NOHTMLBLOCKS | MD_FLAG_NOHTMLSPANS
                | MD_FLAG_PERMISSIVEURLAUTOLINKS
        )
        parser.enter_block = { type, detail, context in
            MarkdownBuilder.from(context).enter(block: type, detail)
        }
        parser.leave_block = { type, detail, context in
            MarkdownBuilder.from(context).leave(block: type, detail)
        }
        parser.enter_span = { type, detail, context in
            MarkdownBuilder.from(context).enter(span: type, detail)
        }
        parser.leave_span = { type, _, context in
            MarkdownBuilder.from(context).leave(span: type)
        }
        parser.text = { type, text, size, context in
            MarkdownBuilder.from(context).text(type, text, Int(size))
        }
        // md4c tells of a NUL in a paragraph, but hands it on in code and in addresses.
        let markdown = markdown.replacing("\0", with: "\u{FFFD}")
        var source = markdown
        let result = withExtendedLifetime(builder) {
            source.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    md_parse(
                        characters.baseAddress,
                        MD_SIZE(characters.count),
                        &parser,
                        Unmanaged.passUnretained(builder).toOpaque()
                    )
                }
            }
        }
        guard result == 0 else { return "<pre class=\"plain\">\(HTML.escape(markdown))</pre>" }
        return builder.html
    }
}
