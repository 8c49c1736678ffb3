"""Where tools/feed.py sends frames and sound: a container (UDP, pipe, file), an MJPEG web server, an RTSP server."""

from __future__ import annotations

import argparse
import os
import threading
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import av
import numpy as np
import rtsp_server
from numpy.typing import NDArray

from vig_capture.core.time import SECOND_NS

SAMPLE_RATE = 48000
MJPEG_QUALITY = 5
_LAMBDA = 118
_HEAD_START_S = 1
"""PTS of frame 0: an encoder's priming needs room before the first sample."""


class Output(Protocol):
    """What the feed sends to."""

    def picture(self, number: int, frame: av.VideoFrame) -> int:
        """Encode and send frame `number`; return its PTS in ns."""

    def sound(self, first: int, samples: NDArray[np.int16]) -> None:
        """Encode and send samples, shape (count,); sample 0 and frame 0 are simultaneous."""

    def close(self) -> None:
        """Flush and end."""


def open_output(options: argparse.Namespace) -> Output:
    """The output that --to names."""
    if options.to == "none":
        return Nowhere(options.rate)
    kind = options.to.partition(":")[0]
    if kind == "rtsp":
        return Rtsp(options)
    if kind == "http":
        return MjpegServer(options)
    if kind == "udp":
        separator = "&" if "?" in options.to else "?"
        return Container(f"{options.to}{separator}pkt_size=1316", options.container or "mpegts", options)
    if kind == "pipe":
        path = Path(options.to.removeprefix("pipe:"))
        if not path.exists():
            os.mkfifo(path)
        ts = options.codec in ("h264", "mpeg4")
        return Container(str(path), options.container or ("mpegts" if ts else "nut"), options)
    raise OSError(f"--to {options.to}: neither udp, rtsp, http, pipe nor none")


def film_file(options: argparse.Namespace) -> Container:
    """A Matroska file of MJPEG and two channels of PCM, starting at 0."""
    options.codec, options.sound_codec, options.sound_pipe = "mjpeg", "pcm", None
    return Container(str(options.make), "matroska", options, channels=2, start_s=0)


class Nowhere:
    """Only the log and the sound pipe are wanted."""

    def __init__(self, rate: int) -> None:
        self._rate = rate

    def picture(self, number: int, frame: av.VideoFrame) -> int:  # noqa: ARG002 (the protocol's arguments)
        return number * SECOND_NS // self._rate

    def sound(self, first: int, samples: NDArray[np.int16]) -> None:
        pass

    def close(self) -> None:
        pass


class Container:
    """Muxed by FFmpeg, every packet sent at once."""

    def __init__(
        self, url: str, form: str, options: argparse.Namespace, channels: int = 1, start_s: int = _HEAD_START_S
    ) -> None:
        self._rate, self._start_s, self._channels = options.rate, start_s, channels
        self._file = av.open(url, "w", format=form, options=_muxer_options(form, live=start_s > 0))
        self._video = cast(av.VideoStream, self._file.add_stream(_encoder_name(options.codec), rate=options.rate))
        set_up_video(self._video.codec_context, options)
        self._sound: av.AudioStream | None = None
        if options.sound != "none" and not options.sound_pipe:
            name = options.sound_codec or ("aac" if form == "mpegts" else "pcm")
            layout = "mono" if channels == 1 else "stereo"
            encoder = {"pcm": "s302m" if form == "mpegts" else "pcm_s16le"}.get(name, name)
            self._sound = cast(av.AudioStream, self._file.add_stream(encoder, rate=SAMPLE_RATE, layout=layout))

    def picture(self, number: int, frame: av.VideoFrame) -> int:
        frame = _prepared(frame, self._video.codec_context, number + self._start_s * self._rate)
        self._file.mux(self._video.encode(frame))
        return frame_pts_ns(number, self._rate, self._start_s)

    def sound(self, first: int, samples: NDArray[np.int16]) -> None:
        if self._sound is None:
            return
        block = np.repeat(samples, self._channels)[None, :]
        frame = av.AudioFrame.from_ndarray(block, "s16", "mono" if self._channels == 1 else "stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, first + self._start_s * SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._file.mux(self._sound.encode(frame))

    def close(self) -> None:
        for stream in (self._video, self._sound):
            if stream is not None:
                self._file.mux(stream.encode(None))
        self._file.close()


class MjpegServer:
    """`multipart/x-mixed-replace` over HTTP, as network cameras send it. A slow client misses frames, as with them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._rate = options.rate
        options.codec = "mjpeg"
        self._encoder = av.CodecContext.create("mjpeg", "w")
        self._encoder.time_base = Fraction(1, options.rate)
        set_up_video(self._encoder, options)
        self._newest: tuple[int, bytes] = (0, b"")
        self._changed = threading.Condition()
        address = urlsplit(options.to)
        server = ThreadingHTTPServer((address.hostname or "127.0.0.1", address.port or 8080), self._handler())
        server.daemon_threads = True
        self._server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def picture(self, number: int, frame: av.VideoFrame) -> int:
        packets = self._encoder.encode(_prepared(frame, self._encoder, number))
        with self._changed:
            self._newest = (self._newest[0] + 1, b"".join(bytes(packet) for packet in packets))
            self._changed.notify_all()
        return frame_pts_ns(number, self._rate, 0)

    def sound(self, first: int, samples: NDArray[np.int16]) -> None:
        pass

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        output = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    output.serve(self.wfile)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
                pass

        return Handler

    def serve(self, client: Any) -> None:
        """Send every new picture to one client until it goes away."""
        shown = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest[0] > shown)  # noqa: B023 (called before `shown` changes)
                shown, data = self._newest
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            client.write(head.encode("ascii") + data + b"\r\n")


class Rtsp:
    """H.264 and L16 or AAC to every client of a small RTSP server."""

    def __init__(self, options: argparse.Namespace) -> None:
        if options.codec != "h264":
            raise OSError("--to rtsp:// sends h264 only")
        self._rate = options.rate
        self._video = av.CodecContext.create("libx264", "w")
        self._video.time_base = Fraction(1, options.rate)
        set_up_video(self._video, options)
        self._aac: av.AudioCodecContext | None = None
        kind = "none" if options.sound_pipe or options.sound == "none" else options.sound_codec or "pcm"
        if kind == "aac":
            self._aac = av.CodecContext.create("aac", "w")
            self._aac.sample_rate, self._aac.layout, self._aac.format = SAMPLE_RATE, "mono", "fltp"
            self._aac.time_base = Fraction(1, SAMPLE_RATE)
            self._aac.open()
        config = bytes(self._aac.extradata or b"") if self._aac else b""
        address = urlsplit(options.to)
        self._server = rtsp_server.Server(
            address.hostname or "127.0.0.1", address.port or 8554, kind, config, options.user, options.password
        )

    def picture(self, number: int, frame: av.VideoFrame) -> int:
        pts_ns = frame_pts_ns(number, self._rate, _HEAD_START_S)
        for packet in self._video.encode(_prepared(frame, self._video, number + self._rate * _HEAD_START_S)):
            when_ns = int((packet.pts or 0) * SECOND_NS / self._rate)
            self._server.send_video(bytes(packet), when_ns, packet.is_keyframe)
        return pts_ns

    def sound(self, first: int, samples: NDArray[np.int16]) -> None:
        start = first + SAMPLE_RATE * _HEAD_START_S
        if self._aac is None:
            self._server.send_audio(samples.astype(">i2").tobytes(), start)
            return
        frame = av.AudioFrame.from_ndarray((samples[None, :] / np.float32(32768)).astype(np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        for packet in self._aac.encode(frame):
            self._server.send_audio(bytes(packet), packet.pts or 0)

    def close(self) -> None:
        self._server.close()


def frame_pts_ns(number: int, rate: int, start_s: int) -> int:
    """The PTS of a frame in ns."""
    return number * SECOND_NS // rate + start_s * SECOND_NS


def set_up_video(context: Any, options: argparse.Namespace) -> None:
    """Configure an encoder for the feed: no look-ahead, one slice of work, a keyframe each --gop-seconds."""
    context.width, context.height = options.size
    context.thread_count = 1
    context.pix_fmt = "yuvj420p" if options.codec == "mjpeg" else "yuv420p"
    if options.codec == "h264":
        context.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "crf": str(options.crf),
            "bf": str(options.b_frames),
            "g": str(round(options.rate * options.gop_seconds)),
        }
    elif options.codec == "mpeg4":
        context.options = {"b": "2000000", "bf": str(options.b_frames)}
        context.gop_size = round(options.rate * options.gop_seconds)
    elif options.codec == "mjpeg":
        context.options = {"flags": "+qscale", "global_quality": str(MJPEG_QUALITY * _LAMBDA)}


def _prepared(frame: av.VideoFrame, context: Any, pts: int) -> av.VideoFrame:
    if context.pix_fmt == "yuvj420p":
        frame = frame.reformat(format="yuvj420p", src_color_range="MPEG", dst_color_range="JPEG")
    frame.pts, frame.time_base = pts, Fraction(1, round(context.framerate or 1 / context.time_base))
    return frame


def _encoder_name(codec: str) -> str:
    return {"h264": "libx264"}.get(codec, codec)


def _muxer_options(form: str, live: bool) -> dict[str, str]:
    if not live:
        return {}
    own = {
        "mpegts": {"pes_payload_size": "0", "max_interleave_delta": "1"},
        "matroska": {"cluster_time_limit": "1", "live": "1"},
        "nut": {},
    }[form]
    return {"flush_packets": "1", **own}
