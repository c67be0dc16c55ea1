"""What stands around the rounds of Parley's page, as a template for PHP: the peer sends the same bytes, and pays for
what changes from page to page, the ids of its forms' commands too."""

import re

BEGIN = re.compile(r'<div class="rounds[^"]*" id="rounds">\n')
END = '<p class="badge" id="badge">'


def frame(page: str, id: str, topic: str) -> str:
    begin, end = BEGIN.search(page), page.find(END)
    assert begin and end > 0, "the page's rounds do not stand where they stood"
    before, after = page[:begin.end()], page[page.rindex("</div>", 0, end):]
    return changing(before, id, topic) + "<?= $rounds ?>\n" + changing(after, id, topic)


# What differs from discussion to discussion is PHP's to make, from what it has read.
PARTS = [
    (r'(?<=<ul class="panel">\n).*?(?=</ul>)', "<?= panel($seats) ?>"),
    (r'(?<=<p>Round )<a href="#round-1">.*?(?=</p>)', "<?= navigator($numbers) ?>"),
    (r'<span class="status waiting">your turn</span>', "<?= status($discussion) ?>"),
    (r"<time datetime=.*?</time>", "<?= instant($discussion['created_at']) ?>"),
    (r'(?<=data-cursor=")\d+', "<?= $cursor ?>"),
]


def changing(html: str, id: str, topic: str) -> str:
    assert "<?" not in html, "PHP would read it"
    for pattern, code in PARTS:
        html = re.sub(pattern, lambda _, code=code: code, html, count=1, flags=re.DOTALL)
    html = re.sub(r'(name="command_id" value=")[^"]+', r"\1<?= command_id() ?>", html)
    return html.replace(id, "<?= $id ?>").replace(topic, "<?= $topic ?>")
