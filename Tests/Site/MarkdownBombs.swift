/// Text that makes a careless Markdown parser take minutes or gigabytes.
enum MarkdownBombs {
    static let all: [(name: String, markdown: String)] = [
        ("quotes", String(repeating: ">", count: 100_000) + " x"),
        ("quotes with blanks", String(repeating: "> ", count: 50_000) + "x"),
        ("lists", String(repeating: "- ", count: 50_000) + "x"),
        ("numbered lists", String(repeating: "1. ", count: 30_000) + "x"),
        (
            "nested lists",
            (0..<500).map { String(repeating: "  ", count: $0) + "- x" }.joined(separator: "\n")
        ),
        ("brackets", String(repeating: "[", count: 100_000)),
        (
            "bracket pairs",
            String(repeating: "[", count: 20_000) + "x" + String(repeating: "](y)", count: 20_000)
        ),
        (
            "images",
            String(repeating: "![", count: 50_000) + String(repeating: "](https://a.example)", count: 5_000)
        ),
        ("emphasis", String(repeating: "*a **b ", count: 30_000)),
        (
            "closed emphasis",
            String(repeating: "**x", count: 20_000) + String(repeating: "x**", count: 20_000)
        ),
        ("underscores", String(repeating: "a_b_", count: 50_000)),
        ("backticks", (1...600).map { String(repeating: "`", count: $0) + "x" }.joined()),
        ("angles", String(repeating: "<", count: 100_000)),
        ("addresses", String(repeating: "https://a.example/(", count: 10_000)),
        ("entities", String(repeating: "&", count: 200_000)),
        (
            "references",
            (0..<5_000).map { "[r\($0)]: https://a.example/\($0)" }.joined(separator: "\n") + "\n\n[r1][r2]"
        ),
        ("fences", String(repeating: "```\n", count: 50_000)),
        ("a wide table", wideTable(columns: 1_000, rows: 1_000)),
        (
            "a table of short rows",
            wideTable(columns: 1_000, rows: 0) + String(repeating: "|\n", count: 50_000)
        ),
        ("quotation marks", String(repeating: "\"", count: 500_000)),
    ]

    static func wideTable(columns: Int, rows: Int) -> String {
        let row = String(repeating: "|a", count: columns) + "|\n"
        return row + String(repeating: "|---", count: columns) + "|\n" + String(repeating: row, count: rows)
    }
}
