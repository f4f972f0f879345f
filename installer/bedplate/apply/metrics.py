"""Sends points to servers. What became of them is as much as a server says: over UDP, nothing.

The HTTP way is the write API of InfluxDB 2, which 1.8 has too:
https://docs.influxdata.com/influxdb/v2/api/#operation/PostWrite
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError

from bedplate.model.metric import Metric, Sent
from bedplate.model.metric_server import Graphite, InfluxDb, MetricServer
from bedplate.render.metric_lines import graphite_lines, influx_lines, packets

# IPv6 and UDP have so many bytes in a packet themselves; IPv4 has fewer.
_HEADER_BYTES = 48
# How long a port that nobody listens at has to say so.
_REFUSAL_SECONDS = 0.5
# What a timeout of 0, "none", is here: a run must come to its end.
_LONGEST_SECONDS = 10.0
_SAID_CHARACTERS = 200
_BATCH_BYTES = 65536


def send(server: MetricServer, metrics: Iterable[Metric], host: str, at: int) -> Sent:
    """Send all samples to a server, as of a time `at` in seconds; never raises for what it does."""
    to = f"{_proto(server)}://{_at(server)}"
    points = 0
    try:
        lines = list(_lines(server, metrics, host, at))
        said = _deliver(server, lines)
        points, well = len(lines), True
    except (OSError, HTTPError, _Refused) as error:
        said, well = _reason(error, server), False
    kind = "graphite" if isinstance(server, Graphite) else "influxdb"
    return Sent(name=server.name, kind=kind, to=to, well=well, said=said, points=points)


class _Refused(Exception):
    """The server answered, and did not take the points."""


def _lines(server: MetricServer, metrics: Iterable[Metric], host: str, at: int) -> Iterable[str]:
    if isinstance(server, Graphite):
        return graphite_lines(metrics, server.path, host, at)
    return influx_lines(metrics, host, at)


def _deliver(server: MetricServer, lines: list[str]) -> str:
    if server.proto == "udp":
        return _over_udp(server, packets(lines, server.mtu - _HEADER_BYTES))
    if isinstance(server, Graphite):
        return _over_tcp(server, packets(lines, _BATCH_BYTES))
    return _over_http(server, packets(lines, server.max_body_size))


def _over_udp(server: MetricServer, pieces: Iterable[bytes]) -> str:
    family, kind, protocol, _, address = _resolve(server, socket.SOCK_DGRAM)
    with socket.socket(family, kind, protocol) as voice:
        voice.connect(address)
        voice.settimeout(_REFUSAL_SECONDS)
        for piece in pieces:
            voice.send(piece)
        with suppress(TimeoutError):
            voice.recv(1)  # nobody answers, unless to say that nobody listens
    return "sent; over UDP nobody says whether it arrived"


def _over_tcp(server: Graphite, pieces: Iterable[bytes]) -> str:
    seconds = float(server.timeout) or _LONGEST_SECONDS
    with socket.create_connection((server.server, server.port), seconds) as line:
        for piece in pieces:
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)
        with suppress(TimeoutError):
            line.recv(1)  # whoever has read it all hangs up; some do not
    return "taken"


def _over_http(server: InfluxDb, bodies: Iterable[bytes]) -> str:
    query = urlencode({"org": server.organization, "bucket": server.bucket, "precision": "ns"})
    prefix = f"/{server.api_path_prefix}" if server.api_path_prefix else ""
    url = f"{server.proto}://{_at(server)}{prefix}/api/v2/write?{query}"
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "bedplate"}
    if server.token is not None:
        headers["Authorization"] = f"Token {server.token.reveal()}"
    checked = "CERT_REQUIRED" if server.verify_certificate else "CERT_NONE"
    timeout = urllib3.Timeout(connect=server.timeout, read=server.timeout)
    with urllib3.PoolManager(num_pools=1, cert_reqs=checked) as pool:
        for body in bodies:
            answer = pool.request(
                "POST", url, body=body, headers=headers, timeout=timeout, retries=False
            )
            if answer.status // 100 != 2:
                raise _Refused(_answer(answer.status, answer.data))
    return "taken"


def _answer(status: int, data: bytes) -> str:
    """What a server says beside its number, InfluxDB's in JSON."""
    text = data.decode(errors="replace").strip()
    try:
        said = json.loads(text)
        text = str(said.get("message") or said.get("error") or "") if said else ""
    except (ValueError, AttributeError):
        pass
    words = " ".join(text.split())[:_SAID_CHARACTERS]
    return f"the server answers with {status}{f': {words}' if words else ''}"


def _resolve(
    server: MetricServer, kind: socket.SocketKind
) -> tuple[int, int, int, str, tuple[str | int, ...] | tuple[int, bytes]]:
    return socket.getaddrinfo(server.server, server.port, type=kind)[0]


def _at(server: MetricServer) -> str:
    host = f"[{server.server}]" if ":" in server.server else server.server
    return f"{host}:{server.port}"


def _proto(server: MetricServer) -> str:
    return server.proto


def _reason(error: Exception, server: MetricServer) -> str:
    """In a few words, and without the token, whatever the other end repeats of it."""
    if isinstance(error, NewConnectionError):  # to some versions of urllib3 a timeout
        text = str(error).rpartition("] ")[2]
    elif isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError):
        text = "no answer in time"
    elif isinstance(error, socket.gaierror):
        text = f"the name {server.server} is not known: {error.strerror}"
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror
    else:
        text = str(error).rpartition(">: ")[2] or type(error).__name__
    token = server.token if isinstance(server, InfluxDb) else None
    return text if token is None else text.replace(token.reveal(), "***")
