"""Consent, privacy and what is left out, for every command that makes something: one table (tools/consent_table.py)."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import consent_table
import pytest
from consent_table import LEFT_OUT, LEFT_WORD, PRIVATE_WORD, STAND_IN, WHO, Cell

from vig_capture.core.consent import STANDINGS
from vig_capture.core.sheet import PURPOSES, Purpose
from vig_capture.devices import frame_code

REAL: Purpose = "review"
"""For this purpose the films are real; for the others it is only decided whether there may be any."""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Cell]:
    return list(consent_table.table(tmp_path_factory.mktemp("table"), (REAL,)))


def may(cell: Cell) -> bool:
    """The rule: only a yes to the very purpose permits, and nothing private is given to the family."""
    return cell.answer == "yes" and not ("--private" in cell.command and cell.purpose == "family_copy")


@pytest.mark.timeout(180)
def test_only_a_yes_to_the_very_purpose_permits(cells: list[Cell]) -> None:
    """Every command, purpose and answer: what is made is noted for the purpose, file by file; of a refusal nothing is
    left, no file, no temporary one, no note and no line in the log; and it says whose answer it was."""
    assert len(cells) == len(consent_table.commands()) * len(PURPOSES) * len(STANDINGS)
    for cell in cells:
        where = f"{cell.command} for {cell.purpose}, {cell.answer}"
        assert cell.left == (), where
        if cell.command == "clips --list":
            assert (cell.code, cell.made) == (0, ()), where
        elif may(cell):
            assert (cell.code, frozenset(cell.made)) == (0, cell.noted), where
            assert cell.made, where
        else:
            assert (cell.code, cell.made, cell.noted) == (2, (), frozenset()), where
            assert who(cell) in f"{cell.said['why']} {cell.said['do']}".lower(), where


def who(cell: Cell) -> str:
    """Whose answer, or whose right, has to be named."""
    if cell.answer == "yes":
        return "the guider's own"
    return WHO[cell.answer] or "mother, child t"


def test_the_table_is_printed(cells: list[Cell]) -> None:
    """A line for each command, and another one where a purpose differs."""
    lines = consent_table.markdown(cells).splitlines()
    alone = [line for line in lines if "| family_copy |" in line]
    assert len(lines) == 2 + len(consent_table.commands()) + len(alone)
    assert [line.split("`")[1] for line in alone] == ["clips --private", "export --to csv --private", "film --private"]


# What is in it ---------------------------------------------------------------------------------------------------


def real(cells: list[Cell]) -> Iterator[tuple[Cell, Path]]:
    for cell in cells:
        if cell.purpose == REAL and cell.answer == "yes":
            yield from ((cell, path) for path in cell.made)


def shown(path: Path) -> list[int]:
    """The numbers of all pictures in a film or a page, those among them that a player is told to pass over."""
    sources: list[Any] = [str(path)] if path.suffix == ".mp4" else []
    if path.suffix == ".html":
        sources = [io.BytesIO(base64.b64decode(each)) for each in re.findall(rb"base64,([^\"']+)", path.read_bytes())]
    found = []
    for source in sources:
        with av.open(source, options={"ignore_editlist": "1"} if path.suffix == ".mp4" else {}) as container:
            for frame in container.decode(video=0):
                read = frame_code.read(frame.to_ndarray(format="gray"))
                assert read is not None, path
                found.append(read[0])
    return found


def said(path: Path) -> str:
    """All texts in a file."""
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return str(pyarrow.parquet.read_table(path).to_pylist()) + str(pyarrow.parquet.read_metadata(path).metadata)
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.timeout(180)
def test_what_is_left_out_is_in_nothing(cells: list[Cell]) -> None:
    """No picture of it is in a clip, a reel, a contact sheet or a film, neither shown nor hidden, and no moment of it
    is in any file; what stands around it is there."""
    pictures = {}
    for cell, path in real(cells):
        assert path.read_bytes() != STAND_IN
        assert LEFT_WORD not in said(path), path
        if path.suffix in (".mp4", ".html") and "grid" not in path.name:
            pictures[cell.command, path.name] = found = set(shown(path))
            assert found, path
            assert not found & set(LEFT_OUT), path
    everything = set(range(consent_table.FRAMES)) - set(LEFT_OUT)
    films = [found for (_, name), found in pictures.items() if name.startswith("film")]
    assert len(films) >= len(("film", "film --private", "losslesscut", "boris", "boris-film"))
    assert all(found == everything for found in films)
    assert pictures["clips --reel", "reel.mp4"] | {0} == everything | {0}
    assert pictures["clips --sheet", "contact-sheet.html"]


def test_what_is_private_is_asked_for_by_name(cells: list[Cell]) -> None:
    """Private moments and notes are in nothing else; what is not private is in every file that tells of moments."""
    for cell, path in real(cells):
        told = said(path)
        if "--private" in cell.command and path.name.endswith((".csv", "film-private.mp4", ".m3u8")):
            if not path.name.endswith(".times.csv"):
                assert PRIVATE_WORD in told, path
        else:
            assert "--private" in cell.command or PRIVATE_WORD not in told, path
        if cell.command.startswith("export") and not path.name.endswith((".times.csv", "film.mp4")):
            assert "Tuned in" in told, path
