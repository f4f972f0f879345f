"""Sends points to servers. What became of them is as much as a server says: over UDP, nothing.

The HTTP way is the write API of InfluxDB 2, which 1.8 has too:
https://docs.influxdata.com/influxdb/v2/api/#operation/PostWrite
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, InsecureRequestWarning, NewConnectionError

from bedplate.model.metric import Metric, Sent
from bedplate.model.metric_server import Graphite, InfluxDb, MetricServer
from bedplate.model.secret import MASK
from bedplate.render.metric_lines import graphite_lines, influx_lines, packets

# IPv6 and UDP have so many bytes in a packet themselves; IPv4 has fewer.
_HEADER_BYTES = 48
# How long a port that nobody listens at has to say so.
_REFUSAL_SECONDS = 0.5
# What a timeout of 0, "none", is here, and the longest: a run must come to its end.
_UNSTATED_SECONDS = 10
_LONGEST_SECONDS = 60
# How much of an answer is read, and how much of that is shown.
_ANSWER_BYTES = 4096
_SAID_CHARACTERS = 200
_BATCH_BYTES = 65536
# What OpenSSL's errors have around what they say.
_OF_OPENSSL = re.compile(r"^\[SSL[^]]*\] | \(_ssl\.c:\d+\)$")


def send(server: MetricServer, metrics: Iterable[Metric], host: str, at: int) -> Sent:
    """Send all samples to a server, as of a time `at` in seconds; never raises for what it does.

    Nor for a name, a path or a token that cannot be sent at all.
    """
    to = f"{server.proto}://{_at(server)}"
    points = 0
    try:
        lines = list(_lines(server, metrics, host, at))
        said = _deliver(server, lines)
        points, well = len(lines), True
    except (OSError, HTTPError, _Refused) as error:
        said, well = _shown(_reason(error, server), server), False
    except ValueError:  # whose words may have the token in them
        said, well = "its address, path or token is nothing that can be sent", False
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
    with _connected(server) as voice:
        voice.settimeout(_REFUSAL_SECONDS)
        for piece in pieces:
            voice.send(piece)
        with suppress(TimeoutError):
            voice.recv(1)  # nobody answers, unless to say that nobody listens
    return "sent; over UDP nobody says whether it arrived"


def _over_tcp(server: Graphite, pieces: Iterable[bytes]) -> str:
    with socket.create_connection((server.server, server.port), _seconds(server)) as line:
        for piece in pieces:
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)
        try:
            line.recv(1)
        except TimeoutError:
            # Its system has them. Carbon hangs up once it has read all.
            return "sent; whether the server has read it is not known: it does not hang up"
    return "taken"


def _over_http(server: InfluxDb, bodies: Iterable[bytes]) -> str:
    query = urlencode({"org": server.organization, "bucket": server.bucket, "precision": "ns"})
    prefix = server.api_path_prefix.strip("/")
    path = f"/{prefix}/api/v2/write" if prefix else "/api/v2/write"
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "bedplate"}
    if server.token is not None:
        # Version 1.8 takes passwords, in UTF-8; headers are Latin-1 to Python.
        token = server.token.reveal().encode().decode("latin-1")
        headers["Authorization"] = f"Token {token}"
    if not server.verify_certificate:  # as stated: no news every five minutes
        urllib3.disable_warnings(InsecureRequestWarning)
    checked = "CERT_REQUIRED" if server.verify_certificate else "CERT_NONE"
    with urllib3.PoolManager(num_pools=1, cert_reqs=checked) as pool:
        for body in bodies:
            # A server that sends elsewhere gets neither points nor token there: not 2xx.
            answer = pool.request(
                "POST",
                f"{server.proto}://{_at(server)}{path}?{query}",
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(_seconds(server)),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                if answer.status // 100 != 2:
                    raise _Refused(_answer(answer.status, answer.read(_ANSWER_BYTES), server))
            finally:
                answer.close()  # however much more it has to say
    return "taken"


def _answer(status: int, data: bytes, server: MetricServer) -> str:
    """What a server says beside its number, InfluxDB's in JSON."""
    text = data.decode(errors="replace")
    try:
        said = json.loads(text)
        text = str(said.get("message") or said.get("error") or "") if said else ""
    except (ValueError, AttributeError):
        pass
    # Before it is cut: half a token is one, too.
    words = _shown(text, server)[:_SAID_CHARACTERS]
    return f"the server answers with {status}{f': {words}' if words else ''}"


def _shown(text: str, server: MetricServer) -> str:
    """One line, without the token, and without what a terminal would do something at."""
    token = server.token if isinstance(server, InfluxDb) else None
    if token is not None and token.reveal():
        text = text.replace(token.reveal(), MASK)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _seconds(server: MetricServer) -> int:
    return min(server.timeout or _UNSTATED_SECONDS, _LONGEST_SECONDS)


def _connected(server: MetricServer) -> socket.socket:
    """A socket for packets, to the first address of the server that there is a way to."""
    found = socket.getaddrinfo(server.server, server.port, type=socket.SOCK_DGRAM)
    failure = OSError("the name has no address")
    for family, kind, protocol, _, address in found:
        voice = socket.socket(family, kind, protocol)
        try:
            voice.connect(address)
        except OSError as error:
            voice.close()
            failure = error
        else:
            return voice
    raise failure


def _at(server: MetricServer) -> str:
    host = f"[{server.server}]" if ":" in server.server else server.server
    return f"{host}:{server.port}"


def _reason(error: Exception, server: MetricServer) -> str:
    """In a few words."""
    if isinstance(error, NewConnectionError):  # to some versions of urllib3 a timeout
        return str(error).rpartition("] ")[2]
    if isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return f"the name {server.server} is not known: {error.strerror}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error)
    return _OF_OPENSSL.sub("", text.rpartition(">: ")[2] or text) or type(error).__name__
