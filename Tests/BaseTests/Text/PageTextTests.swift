import Testing

@testable import Base

/// What is read of a web page that came in place of an answer.
@Suite struct PageTextTests {
    @Test(
        arguments: [
            (
                "<html><title>Blocked</title><body>WAF blocked,<br>incident 77",
                "a web page, \"Blocked\": WAF blocked, incident 77"
            ),
            ("<TITLE>A</TITLE><SCRIPT>if (a<b) x('<p>')</SCRIPT >seen", "a web page, \"A\": seen"),
            ("<style>p{}</styles></style>seen", "a web page: seen"), ("<script>never ended", "a web page"),
            ("<!-- <b>not</b> -->a<b>b</b> &lt;c&#39;&#x21; &nothing;", "a web page: ab <c'! &nothing;"),
            ("<title>Login</title>Login here", "a web page, \"Login\": here"), ("", "a web page"),
            ("<", "a web page: <"),
        ])
    func itsTitleAndWordsAreRead(_ page: String, _ text: String) { #expect(PageText(page.utf8).description == text) }

    /// Every sign of a tag that never ends was looked at to the end of the page: seconds for one of this size.
    @Test(arguments: ["<a", "<", "</script", "<!--", "</scrip>"]) func aPageOfOpenTagsIsReadOnce(_ part: String) {
        let page = PageText(("<script>" + String(repeating: part, count: 30_000)).utf8)
        #expect(page.title.isEmpty && page.words.utf8.count <= 310)
    }
}
