/// Where somebody is led after signing in: a page of this site, never anywhere else.
enum ReturnPath {
    private static let longest = 2_000

    /// `text` if it is a path of ours, else the start page.
    static func check(_ text: String) -> String {
        let own = Links.start
        guard text.utf8.count <= longest, text.hasPrefix(own),
            // `//evil.example` is another host, and browsers read a backslash as a slash.
            !text.dropFirst(own.count - 1).hasPrefix("//"), !text.contains("\\"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.hasPrefix(Links.signIn), !text.hasPrefix(Links.signOut)
        else { return own }
        return text
    }
}
