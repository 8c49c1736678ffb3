"""A small RTSP 1.0 server, as an IP camera has one: H.264 and sound (L16 or AAC), RTP inside the TCP connection.

`Server` accepts and fans out; `_Client` speaks RTSP (OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN, digest
authentication where a user is set) and sends what its queue holds. A sender report precedes the first packet of each
track and follows every 5 s, so that a player can align the tracks. A client that joins gets pictures from the next
keyframe on; one that reads too slowly is dropped, never waited for.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import queue
import re
import secrets
import socket
import struct
import threading
from collections.abc import Iterator
from typing import BinaryIO

from vig_capture.core.time import SECOND_NS

VIDEO, AUDIO = 0, 1
CLOCK = {VIDEO: 90_000, AUDIO: 48_000}
PAYLOAD_TYPE = {VIDEO: 96, AUDIO: 97}
_PACKET_BYTES = 1400
_REPORT_NS = 5 * SECOND_NS
_NTP_OFFSET_S = 2_208_988_800
_QUEUE_PACKETS = 5_000
_REALM = "feed"


class Server:
    """Serves one stream at any path of `rtsp://host:port`.

    `audio` is "none", "pcm" (L16) or "aac", whose AudioSpecificConfig is `aac_config`. With a `user`, clients have to
    know the password."""

    def __init__(
        self, host: str, port: int, audio: str = "none", aac_config: bytes = b"", user: str = "", password: str = ""
    ) -> None:
        self.audio, self.aac_config, self.user, self.password = audio, aac_config, user, password
        self.parameter_sets: list[bytes] = []
        self.ready = threading.Event()
        self._sequence = {VIDEO: 0, AUDIO: 0}
        self._clients: list[_Client] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def send_video(self, data: bytes, pts_ns: int, keyframe: bool) -> None:
        """Send one encoded picture (Annex B)."""
        units = list(_nal_units(data))
        if keyframe and not self.parameter_sets:
            self.parameter_sets = [unit for unit in units if unit[0] & 31 in (7, 8)]
            self.ready.set()
        payloads = [payload for unit in units for payload in _h264_payloads(unit)]
        self._send(VIDEO, payloads, pts_ns * CLOCK[VIDEO] // SECOND_NS, pts_ns, keyframe)

    def send_audio(self, data: bytes, first_sample: int) -> None:
        """Send one block of big-endian samples, or one AAC access unit, whose first sample is `first_sample`."""
        if self.audio == "aac":
            data = struct.pack(">HH", 16, len(data) << 3) + data
        self._send(AUDIO, [data], first_sample, first_sample * SECOND_NS // CLOCK[AUDIO], True)

    def _send(self, track: int, payloads: list[bytes], stamp: int, pts_ns: int, keyframe: bool) -> None:
        packets = []
        for index, payload in enumerate(payloads):
            # The marker bit ends an access unit; of linear sound it would start a talk spurt.
            marker = index == len(payloads) - 1 and (track == VIDEO or self.audio == "aac")
            kind = PAYLOAD_TYPE[track] | (marker << 7)
            head = struct.pack(">BBHII", 0x80, kind, self._sequence[track], stamp & 0xFFFFFFFF, track + 1)
            self._sequence[track] = (self._sequence[track] + 1) & 0xFFFF
            packets.append(head + payload)
        with self._lock:
            self._clients = [client for client in self._clients if not client.gone]
            clients = list(self._clients)
        for client in clients:
            client.offer(track, packets, stamp, pts_ns, keyframe)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            client = _Client(self, connection)
            with self._lock:
                self._clients.append(client)
            client.start()

    def close(self) -> None:
        """Stop listening and hang up, once what is queued has been sent."""
        # Closing alone would leave the other thread in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in self._clients:
            client.finish()

    def description(self, address: str) -> str:
        """The SDP."""
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=feed", f"a=control:{address}", "t=0 0", "m=video 0 RTP/AVP 96"]
        sets = ",".join(base64.b64encode(unit).decode("ascii") for unit in self.parameter_sets)
        profile = self.parameter_sets[0][1:4].hex() if self.parameter_sets else "42c01f"
        lines += ["a=rtpmap:96 H264/90000", "a=control:track0"]
        lines += [f"a=fmtp:96 packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sets}"]
        if self.audio == "pcm":
            lines += ["m=audio 0 RTP/AVP 97", "a=rtpmap:97 L16/48000/1", "a=control:track1"]
        elif self.audio == "aac":
            lines += ["m=audio 0 RTP/AVP 97", "a=rtpmap:97 mpeg4-generic/48000/1", "a=control:track1"]
            sizes = "mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
            lines.append(f"a=fmtp:97 streamtype=5;profile-level-id=1;{sizes};config={self.aac_config.hex()}")
        return "\r\n".join([*lines, ""])


class _Client:
    """One connection: a thread that answers requests and a thread that sends."""

    def __init__(self, server: Server, connection: socket.socket) -> None:
        self._server, self._connection = server, connection
        self._outbox: queue.Queue[bytes | None] = queue.Queue(_QUEUE_PACKETS)
        self._channels: dict[int, int] = {}
        self._reported_ns: dict[int, int] = {}
        self._sent = {VIDEO: (0, 0), AUDIO: (0, 0)}
        self._nonce = secrets.token_hex(16)
        self._playing = self._keyframe_seen = False
        self.gone = False

    def start(self) -> None:
        threading.Thread(target=self._converse, daemon=True).start()
        self._sender = threading.Thread(target=self._drain, daemon=True)
        self._sender.start()

    def offer(self, track: int, packets: list[bytes], stamp: int, pts_ns: int, keyframe: bool) -> None:
        """Queue the packets of one picture or block of sound, if this client plays that track."""
        if not self._playing or track not in self._channels:
            return
        if track == VIDEO and not self._keyframe_seen:
            if not keyframe:
                return
            self._keyframe_seen = True
        channel = self._channels[track]
        if pts_ns - self._reported_ns.get(track, -_REPORT_NS) >= _REPORT_NS:
            self._reported_ns[track] = pts_ns
            self._queue(channel + 1, self._report(track, stamp, pts_ns))
        for packet in packets:
            self._queue(channel, packet)
        count, size = self._sent[track]
        self._sent[track] = (count + len(packets), size + sum(len(packet) - 12 for packet in packets))

    def _report(self, track: int, stamp: int, pts_ns: int) -> bytes:
        seconds, rest_ns = divmod(pts_ns, SECOND_NS)
        count, size = self._sent[track]
        ntp = (_NTP_OFFSET_S + seconds, (rest_ns << 32) // SECOND_NS)
        return struct.pack(">BBHIIIIII", 0x80, 200, 6, track + 1, *ntp, stamp & 0xFFFFFFFF, count, size & 0xFFFFFFFF)

    def _queue(self, channel: int, packet: bytes) -> None:
        try:
            self._outbox.put_nowait(struct.pack(">cBH", b"$", channel, len(packet)) + packet)
        except queue.Full:
            self._hang_up()

    def _drain(self) -> None:
        try:
            while (data := self._outbox.get()) is not None:
                self._connection.sendall(data)
        except OSError:
            pass
        self._hang_up()

    def finish(self) -> None:
        """Send what is queued, for at most a second, and hang up."""
        try:
            self._outbox.put_nowait(None)
            self._sender.join(1.0)
        except queue.Full:
            self._hang_up()

    def _hang_up(self) -> None:
        self.gone, self._playing = True, False
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _converse(self) -> None:
        with self._connection.makefile("rb") as stream:
            try:
                while (request := _read_request(stream)) is not None:
                    self._outbox.put(self._answer(*request), timeout=2)
            except (OSError, ValueError, queue.Full):
                pass
        self.finish()
        self._connection.close()

    def _answer(self, method: str, address: str, headers: dict[str, str]) -> bytes:
        if method == "OPTIONS":
            return self._reply(headers, 200, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN")
        if not self._allowed(method, headers.get("authorization", "")):
            return self._reply(headers, 401, f'WWW-Authenticate: Digest realm="{_REALM}", nonce="{self._nonce}"')
        if method == "DESCRIBE":
            self._server.ready.wait(5)
            body = self._server.description(address)
            base = f"Content-Base: {address.rstrip('/')}/"
            return self._reply(headers, 200, "Content-Type: application/sdp", base, body=body)
        if method == "SETUP":
            return self._set_up(address, headers)
        if method == "PLAY":
            self._playing = True
            return self._reply(headers, 200, "Range: npt=0.000-")
        if method == "TEARDOWN":
            self._playing = False
        return self._reply(headers, 200 if method in ("TEARDOWN", "GET_PARAMETER") else 501)

    def _set_up(self, address: str, headers: dict[str, str]) -> bytes:
        channels = re.search(r"RTP/AVP/TCP.*interleaved=(\d+)-", headers.get("transport", ""))
        if channels is None:
            return self._reply(headers, 461)
        track = AUDIO if address.rstrip("/").endswith("track1") else VIDEO
        self._channels[track] = channel = int(channels[1])
        return self._reply(headers, 200, f"Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}")

    def _reply(self, headers: dict[str, str], code: int, *more: str, body: str = "") -> bytes:
        reason = {200: "OK", 401: "Unauthorized", 461: "Unsupported Transport"}.get(code, "Not Implemented")
        lines = [f"RTSP/1.0 {code} {reason}", f"CSeq: {headers.get('cseq', '0')}", "Session: 1;timeout=60", *more]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", body]).encode("ascii")

    def _allowed(self, method: str, given: str) -> bool:
        if not self._server.user:
            return True
        fields = dict(re.findall(r'(\w+)="([^"]*)"', given))
        who = _md5(f"{self._server.user}:{_REALM}:{self._server.password}")
        what = _md5(f"{method}:{fields.get('uri', '')}")
        return secrets.compare_digest(fields.get("response", ""), _md5(f"{who}:{self._nonce}:{what}"))


def _read_request(stream: BinaryIO) -> tuple[str, str, dict[str, str]] | None:
    """Method, address and headers of the next request; the client's own RTCP is skipped. None at the end."""
    while (first := stream.read(1)) == b"$":
        _, length = struct.unpack(">BH", stream.read(3))
        stream.read(length)
    if not first:
        return None
    method, address, _ = (first + stream.readline()).decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    stream.read(int(headers.get("content-length", "0")))
    return method, address, headers


def _nal_units(data: bytes) -> Iterator[bytes]:
    """The units of an Annex B picture, without start codes."""
    for unit in re.split(rb"\x00\x00\x00?\x01", data):
        if unit:
            yield unit


def _h264_payloads(unit: bytes) -> Iterator[bytes]:
    """RTP payloads of one unit: as it is, or as fragments (FU-A, RFC 6184)."""
    if len(unit) <= _PACKET_BYTES:
        yield unit
        return
    indicator, kind = (unit[0] & 0xE0) | 28, unit[0] & 31
    for start in range(1, len(unit), _PACKET_BYTES):
        first, last = start == 1, start + _PACKET_BYTES >= len(unit)
        yield bytes((indicator, (first << 7) | (last << 6) | kind)) + unit[start : start + _PACKET_BYTES]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
