"""The contact sheet and the playlist."""

from __future__ import annotations

from html.parser import HTMLParser

from vig_capture.handoff.contact_sheet import Card, contact_sheet
from vig_capture.handoff.playlist import playlist


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_sheet_shows_each_clip_as_it_was_marked() -> None:
    """Whatever a guider typed stays text; the pictures are in the page, and nothing is fetched from elsewhere."""
    cards = [Card(1, '<b>å & "é"</b> 🙂', "0:10 to 0:30", "Talk <more>", b"\xff\xd8"), Card(2, "Two", "1:00", "", None)]
    page = Page(contact_sheet("Moments & more", cards))
    assert page.tags.count("figure") == 2
    assert page.sources == ["data:image/jpeg;base64,/9g="]
    for text in ('1 · <b>å & "é"</b> 🙂', "0:10 to 0:30", "Talk <more>", "2 · Two", "sound only", "Moments & more"):
        assert text in page.text
    assert "http" not in contact_sheet("", cards).replace("http-equiv", "")


def test_the_playlist_names_each_clip_beside_it() -> None:
    """In the order of showing; a title is one line."""
    text = playlist([("02.mp4", 20.5, "To and\nfro"), ("01.mp4", 9, "ä")])
    assert text == "#EXTM3U\n#EXTINF:20.500,To and fro\n02.mp4\n#EXTINF:9.000,ä\n01.mp4\n"
