"""The contact sheet: a page with one picture of each clip, to choose by and to print. One HTML file, with its pictures.

Rule 1: it says what the guider marked, and nothing else: no figures about people, no order of worth.
Rule 2: it needs no other file and no network.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  body {{ font: 16px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; }}
  h1 {{ font-size: 1.3rem; font-weight: 600; }}
  main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.5rem; }}
  figure {{ margin: 0; break-inside: avoid; }}
  img, .none {{ width: 100%; aspect-ratio: 16 / 9; background: #000; display: block; object-fit: contain; }}
  .none {{ color: #bbb; display: grid; place-items: center; }}
  figcaption {{ margin-top: .4rem; }}
  .time, .goal {{ color: #555; font-size: .9em; }}
  @media print {{
    body {{ margin: 0; }}
    main {{ grid-template-columns: repeat(2, 1fr); }}
    * {{ print-color-adjust: exact; }}
  }}
</style>
<h1>{title}</h1>
<main>
{cards}
</main>
</html>
"""
_CARD = """<figure>
{picture}
<figcaption><b>{number} · {label}</b><br><span class="time">{time}</span>{goal}</figcaption>
</figure>"""


@dataclass(frozen=True, slots=True)
class Card:
    """One clip on the sheet."""

    number: int
    label: str
    time: str
    """When it was, as people write it."""
    goal: str
    jpeg: bytes | None
    """Its picture; None where there is only sound."""


def contact_sheet(title: str, cards: Iterable[Card]) -> str:
    """The page."""
    return _PAGE.format(title=escape(title), cards="\n".join(map(_card, cards)))


def _card(card: Card) -> str:
    goal = f'<br><span class="goal">{escape(card.goal)}</span>' if card.goal else ""
    if card.jpeg is None:
        picture = '<div class="none">sound only</div>'
    else:
        data = b64encode(card.jpeg).decode("ascii")
        picture = f'<img alt="{escape(card.label)}" src="data:image/jpeg;base64,{data}">'
    return _CARD.format(
        picture=picture, number=card.number, label=escape(card.label), time=escape(card.time), goal=goal
    )
