"""The face model's file: only a known one is used, it is put in place whole, and nothing is fetched unasked."""

from __future__ import annotations

import hashlib
import socket
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from vig_capture.core.errors import StorageError, UserError
from vig_capture.devices import face_model
from vig_capture.devices.face_model import Known, download, find, install

BEST, SECOND = b"the best network", b"the second best"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, and two files that are known."""
    known = tuple(
        Known(name, f"{name}.onnx", hashlib.sha256(content).hexdigest())
        for name, content in (("best", BEST), ("second", SECOND))
    )
    monkeypatch.setattr(face_model, "KNOWN", known)
    monkeypatch.setattr(face_model, "data_folder", lambda: tmp_path / "data")
    return tmp_path


def given(folder: Path, content: bytes, name: str = "given.onnx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_install(home: Path) -> None:
    """A known file is copied, private and whole, whatever it is called; the better one is found."""
    assert find() is None
    for content, best in ((SECOND, "second"), (BEST, "best"), (SECOND, "best")):
        model = install(given(home, content))
        assert model.path.read_bytes() == content
        found = find()
        assert found is not None
        assert found.known.name == best
    folder = face_model.installed_folder()
    assert sorted(path.name for path in folder.iterdir()) == ["best.onnx", "second.onnx"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_unknown_file(home: Path) -> None:
    """An unknown file is neither installed nor used, and the guider is told what to do."""
    other = given(home, b"something else")
    for use in (install, lambda path: find(str(path))):
        with pytest.raises(UserError) as caught:
            use(other)
        assert "--download" in caught.value.do
    assert not face_model.installed_folder().exists()
    for nothing in (str(home / "nothing"), str(home), "~nobody-of-this-name/x", "a\0b"):
        with pytest.raises(UserError, match="cannot be read"):
            find(nothing)


def test_named_wins(home: Path) -> None:
    """The file that the settings name is used, and no other in its place."""
    install(given(home, BEST))
    found = find(str(given(home, SECOND)))
    assert found is not None
    assert found.known.name == "second"
    with pytest.raises(UserError):
        find(str(home / "nothing"))


def test_damaged(home: Path) -> None:
    """An installed file that has changed is not used: the other one is, else it is said."""
    best = install(given(home, BEST)).path
    best.write_bytes(b"x" + BEST[1:])
    with pytest.raises(UserError):
        find()
    install(given(home, SECOND))
    found = find()
    assert found is not None
    assert found.known.name == "second"


def test_no_room(home: Path) -> None:
    """Where the model cannot be kept, that is said of the model."""
    (home / "data").write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        install(given(home, BEST))
    assert "face model" in caught.value.what
    assert "--out" not in caught.value.do


@pytest.fixture
def source() -> Iterator[str]:
    """A server that sends what its path says."""

    class Sends(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/missing":
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECOND if self.path == "/whole" else SECOND[:5])

        def log_message(self, *args: object) -> None:
            """Stays quiet."""

    with HTTPServer(("127.0.0.1", 0), Sends) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_download(source: str) -> None:
    """What was fetched is kept only if its hash is known."""
    for path, why in (("/missing", "404"), ("/torn", "incomplete")):
        with pytest.raises(UserError) as caught:
            download(source + path)
        assert why in caught.value.why
        assert not face_model.installed_folder().exists()
    assert download(source + "/whole").path.read_bytes() == SECOND


def test_no_network() -> None:
    """Without a network, and with one that never answers, there is a sentence and no long wait."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UserError) as caught:
            download(address, timeout_s=0.05)
    assert "network" in caught.value.why
    with pytest.raises(UserError, match="not fetched"):
        download(address, timeout_s=0.05)


def test_source() -> None:
    """The model is fetched over an encrypted line."""
    assert face_model.SOURCE.startswith("https://")
