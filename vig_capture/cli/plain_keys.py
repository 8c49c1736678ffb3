"""The keys of a terminal without a screen: read at once, never echoed, and named as the table of keys names them.

POSIX: the terminal gives each byte as it comes (cbreak), and only Ctrl-C still is a signal. Ctrl+S and Ctrl+Z, which
would stop the lines or the command, are keys like any others. Windows: its console is asked key by key.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from types import ModuleType, TracebackType
from typing import Any

from vig_capture.cli.key_names import Sequences, windows_name
from vig_capture.cli.terminal import can_answer, can_see
from vig_capture.devices.clock import mono_ns

termios: ModuleType | None
try:
    import termios
except ImportError:  # Windows
    termios = None

READ_BYTES = 1024
JOIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was pressed: its name in the table of keys, and the host's monotonic clock when it was read."""

    name: str
    mono_ns: int


class Keyboard:
    """The terminal's keys while this is entered; its settings are as before afterwards, and unread keys are gone.

    Ctrl-C and SIGTERM are left to whoever handles them, SIGHUP ends the process as always."""

    def __init__(self) -> None:
        """Raises OSError where standard input is no terminal that can be asked."""
        self._settings: list[Any] | None = None
        self._fd = sys.stdin.fileno()
        self._wake = self._woken = -1
        self._thread: Thread | None = None
        if termios is None and sys.platform != "win32":
            raise OSError("no terminal")
        if termios is not None:
            try:
                self._settings = termios.tcgetattr(self._fd)
            except termios.error as error:
                raise OSError(*error.args) from error

    def __enter__(self) -> Keyboard:
        if termios is not None and self._settings is not None:
            self._wake, self._woken = os.pipe()
            if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
                signal.signal(signal.SIGHUP, self._hung_up)
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, _key_by_key(termios, self._fd))
        return self

    def listen(self, put: Callable[[Key], None]) -> None:
        """From now on hand over each key, from a thread. What was typed before is dropped: nobody knows when it was."""
        if termios is not None:
            termios.tcflush(self._fd, termios.TCIFLUSH)
        read = self._read_console if termios is None else self._read
        self._thread = Thread(target=read, args=(put,), name="keys", daemon=True)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if termios is None:
            return
        os.write(self._woken, b".")
        if self._thread is not None:
            self._thread.join(JOIN_S)
        self._restore()
        if signal.getsignal(signal.SIGHUP) == self._hung_up:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def _restore(self) -> None:
        # A terminal that is closed has no settings any more.
        if termios is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._settings)

    def _hung_up(self, number: int, _frame: object) -> None:
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _read(self, put: Callable[[Key], None]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        sequences, read_ns = Sequences(), 0
        while True:
            ready, _, _ = select.select([self._fd, self._wake], [], [], sequences.wait_s)
            if self._wake in ready:
                return
            names = sequences.end() if not ready else []
            if ready:
                try:
                    data = os.read(self._fd, READ_BYTES)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    # The terminal is closed; the film goes on.
                    return
                read_ns = mono_ns()
                names = sequences.feed(decoder.decode(data))
            for name in names:
                put(Key(name, read_ns))

    @staticmethod
    def _read_console(put: Callable[[Key], None]) -> None:
        if sys.platform == "win32":
            import msvcrt

            while True:
                first, read_ns = msvcrt.getwch(), mono_ns()
                for name in windows_name(first, msvcrt.getwch):
                    put(Key(name, read_ns))


def keyboard() -> Keyboard | None:
    """The terminal's keys; None where nobody is there to press them and to see what comes of it."""
    if not (can_see() and can_answer()):
        return None
    with suppress(OSError, ValueError):
        found = Keyboard()
        return found if _in_front() else None
    return None


def _in_front() -> bool:
    """Whether the terminal's keys are this command's, and not the shell's that has put it into the background."""
    if termios is None:
        return True
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        # A terminal without jobs.
        return True


def _key_by_key(termios: ModuleType, fd: int) -> list[Any]:
    """A terminal's settings in which every key but Ctrl-C is read as it is pressed, and none is shown."""
    settings: list[Any] = termios.tcgetattr(fd)
    settings[0] &= ~(termios.IXON | termios.IXOFF)
    # Without IEXTEN no Ctrl+V or, on a Mac, Ctrl+Y means something to the terminal itself.
    settings[3] = settings[3] & ~(termios.ECHO | termios.ICANON | termios.IEXTEN) | termios.ISIG
    none = bytes([os.fpathconf(fd, "PC_VDISABLE") & 0xFF])
    for key in (termios.VSUSP, termios.VQUIT):
        settings[6][key] = none
    settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
    return settings
