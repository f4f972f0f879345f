"""`bedplate metrics` and servers that listen, or do not."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bedplate.cli import diagnosing, metrics
from bedplate.cli.host_changing import Host
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode, Problem
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.metric_server import STATUS_CFG, token_path
from bedplate.run import run
from tests.support.metric_formats import parse_prometheus
from tests.support.metric_servers import (
    answering_server,
    http_server,
    own_certificate,
    tcp_server,
    udp_server,
)

TOKEN = "never-in-an-output=="
NODE = f"nodes.{socket.gethostname().partition('.')[0]}.bedplate"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host whose status.cfg is below this folder; its disks are those of the machine."""
    monkeypatch.setattr(metrics, "HOST", Host(run, tmp_path))
    monkeypatch.setattr(diagnosing, "KEPT", tmp_path / "diagnosis.json")
    return tmp_path


def state(root: Path, *sections: str, token: str = TOKEN) -> None:
    """These servers; `central` has a token."""
    for path, text in ((STATUS_CFG, "\n".join(sections)), (token_path("central"), token)):
        place = root / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def graphite(name: str, port: int, *more: str) -> str:
    return "".join((f"graphite: {name}\n\tserver 127.0.0.1\n\tport {port}\n", *more))


def influx(port: int, *more: str, name: str = "central") -> str:
    return "".join((f"influxdb: {name}\n\tserver 127.0.0.1\n\tport {port}\n", *more))


HTTP = "\tinfluxdbproto http\n\tbucket hosts\n"
HTTPS = HTTP.replace("http", "https", 1)


def said_of(name: str, words: list[str], capsys: pytest.CaptureFixture[str], code: ExitCode) -> str:
    """What a command that ends with that code says of a server; nowhere does it say the token."""
    assert run_command([*words, "--json"]) == code
    out, err = capsys.readouterr()
    assert TOKEN not in out + err
    return str(next(one["said"] for one in json.loads(out) if one["name"] == name))


def test_points_arrive_at_every_kind_of_server(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diagnosing.keep_diagnosis(Diagnosis(problems=(Problem("a", "b", "c"),)))
    folder = root / metrics.TEXT_FILE.parent
    folder.mkdir(parents=True)
    with (
        udp_server() as plain,
        tcp_server() as line,
        udp_server() as packets,
        http_server(TOKEN, "hosts", prefix="/behind") as api,
    ):
        state(
            root,
            graphite("plain", plain.port, "\tmtu 512\n"),
            graphite("line", line.port, "\tproto tcp\n\tpath site.pve\n"),
            influx(packets.port, name="packets"),
            influx(api.port, HTTP, "\tapi-path-prefix behind\n"),
            graphite("switched-off", 9, "\tproto tcp\n\tdisable 1\n"),
        )
        assert run_command(["metrics", "send", "--json"]) == ExitCode.OK
        sent = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
        assert set(sent) == {"plain", "line", "packets", "central"}
        count = sent["plain"]["points"]
        assert {one["points"] for one in sent.values()} == {count}
        assert f"proxmox.{NODE}.problems" in {name for name, _, _ in plain.graphite(count)}
        assert f"site.pve.{NODE}.problems" in {name for name, _, _ in line.graphite(count)}
        for heard in (packets, api):
            points = {one.measurement: one for one in heard.influx(count)}
            assert points["bedplate_problems"].fields == {"value": 1.0}
    assert max(len(piece.encode()) for piece in plain.pieces) <= 512 - 48
    text = (folder / "bedplate.prom").read_text()
    assert len(parse_prometheus(text)) == count
    assert run_command(["metrics", "show"]) == ExitCode.OK
    shown = [line for line in capsys.readouterr().out.splitlines() if "temperature" not in line]
    assert shown == [line for line in text.splitlines() if "temperature" not in line]


def test_one_point_to_see_whether_it_arrives(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tcp_server() as line, http_server(TOKEN, "hosts") as api:
        state(root, graphite("line", line.port, "\tproto tcp\n"), influx(api.port, HTTP))
        assert run_command(["metrics", "check"]) == ExitCode.OK
        assert [name for name, _, _ in line.graphite()] == [f"proxmox.{NODE}.check"]
        assert [one.measurement for one in api.influx()] == ["bedplate_check"]
        assert run_command(["metrics", "check", "line"]) == ExitCode.OK
        assert len(line.graphite(2)) == 2
        assert len(api.pieces) == 1
    assert TOKEN not in "".join(capsys.readouterr())


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as ear:
        yield ear.getsockname()[1]


def closed_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as ear:
        return int(ear.getsockname()[1])


def test_what_went_wrong_is_said_of_each_and_the_others_get_theirs(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as servers:
        well = servers.enter_context(tcp_server())
        other_token = servers.enter_context(http_server("another", "hosts"))
        no_bucket = servers.enter_context(http_server(TOKEN, "another"))
        silent = servers.enter_context(silent_server())
        state(
            root,
            graphite("well", well.port, "\tproto tcp\n"),
            graphite("closed", closed_port(), "\tproto tcp\n"),
            graphite("unheard", closed_port()),
            influx(silent, HTTP, name="silent"),
            influx(other_token.port, HTTP),
            influx(no_bucket.port, HTTP, name="no-bucket"),
            influx(closed_port(), HTTP, name="gone"),
        )
        place = root / token_path("no-bucket")[1:]
        place.write_text(TOKEN)
        assert run_command(["metrics", "check", "--json"]) == ExitCode.FAILED
        assert len(well.graphite()) == 1
    out, err = capsys.readouterr()
    said = {one["name"]: one["said"] for one in json.loads(out)}
    assert said["well"] == "taken"
    assert said["closed"] == said["unheard"] == "Connection refused"
    assert said["silent"] == "no answer in time"
    assert said["central"] == "the server answers with 401: unauthorized access"
    assert said["no-bucket"].startswith("the server answers with 404: bucket")
    assert said["gone"] == "Connection refused"
    assert err.count("not-taken") == 6
    assert TOKEN not in out + err


def test_a_name_that_is_no_server_and_a_section_that_makes_no_sense(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state(root, graphite("line", 2003))
    assert run_command(["metrics", "check", "lime"]) == ExitCode.USAGE
    assert "is no server of /etc/pve/status.cfg" in capsys.readouterr().err
    state(root, graphite("line", 70000), graphite("other", 2003, "\tproto sctp\n"))
    assert run_command(["metrics", "send"]) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "graphite line: port" in err
    assert "graphite other: proto" in err


def test_a_host_without_servers_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["metrics", "check"]) == ExitCode.OK
    assert "has no server to send to" in capsys.readouterr().out


# Whatever a server says, how the words of it come out.
ANSWERS = {
    "a reason": (400, b'{"code":"invalid","message":"unable to parse"}', "400: unable to parse"),
    "of 1.8": (400, b'{"error":"partial write"}', "400: partial write"),
    "a page": (502, b"<h1>Bad\r\n gateway</h1>", "502: <h1>Bad gateway</h1>"),
    "markup": (400, b'{"message":"[/bold] [red]"}', "400: [/bold] [red]"),
    "nothing": (500, b"", "500"),
    "no text": (500, b"\xff\xfe", "500: \ufffd\ufffd"),
    "another shape": (500, b'["a"]', '500: ["a"]'),
    "a terminal's words": (400, b'{"message":"\\u001b]0;x\\u0007 a"}', "400: ]0;x a"),
    "the token": (401, f"no {TOKEN}!".encode(), "401: no ***!"),
    "the token at the cut": (
        401,
        b"x" * 190 + TOKEN.encode(),
        f"401: {'x' * 190}***",
    ),
    "too much": (400, b"x" * 10_000_000, f"400: {'x' * 200}"),
    "elsewhere": (302, b"", "302"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_words_of_a_server_are_shown_in_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    status, answer, shown = ANSWERS[name]
    with http_server(TOKEN, "hosts") as other:
        elsewhere = f"http://127.0.0.1:{other.port}/api/v2/write?org=proxmox&bucket=hosts"
        with answering_server(status, answer, Location=elsewhere) as api:
            state(root, influx(api.port, HTTP))
            said = said_of("central", ["metrics", "check"], capsys, ExitCode.FAILED)
            assert said == f"the server answers with {shown}"
            assert run_command(["metrics", "check"]) == ExitCode.FAILED
        assert other.pieces == []
    assert shown.split()[-1] in capsys.readouterr().err


def test_a_certificate_counts_unless_it_is_stated_that_it_does_not(
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate, context = own_certificate(tmp_path)
    check = ["metrics", "check"]
    with http_server(TOKEN, "hosts", tls=context) as api:
        state(root, influx(api.port, HTTPS))
        said = said_of("central", check, capsys, ExitCode.FAILED)
        assert said.lower().startswith("certificate verify failed: self")
        state(root, influx(api.port, HTTPS, "\tverify-certificate 0\n"))
        assert said_of("central", check, capsys, ExitCode.OK) == "taken"
        assert len(api.influx()) == 1
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        state(root, influx(api.port, HTTPS))
        assert said_of("central", check, capsys, ExitCode.OK) == "taken"
        assert len(api.influx(2)) == 2
        state(root, influx(api.port, HTTP))
        said_of("central", check, capsys, ExitCode.FAILED)


def test_no_body_is_larger_than_the_server_takes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diagnosing.keep_diagnosis(Diagnosis())
    limit = 160
    with http_server(TOKEN, "hosts") as api:
        state(root, influx(api.port, HTTP, f"\tmax-body-size {limit}\n"))
        assert run_command(["metrics", "send", "--json"]) == ExitCode.OK
        (sent,) = json.loads(capsys.readouterr().out)
        assert len(api.influx(sent["points"])) == sent["points"]
    assert len(api.pieces) > 1
    assert max(len(piece.encode()) for piece in api.pieces) <= limit


def test_a_server_that_reads_nothing_is_not_waited_for(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with silent_server() as silent:
        state(root, graphite("silent", silent, "\tproto tcp\n"))
        said = said_of("silent", ["metrics", "check"], capsys, ExitCode.OK)
    assert said == "sent; whether the server has read it is not known: it does not hang up"


# What an editor and other hands leave in a file.
TOKEN_FILES = {"a line feed": f"{TOKEN}\n", "of Windows": f"{TOKEN}\r\n"}


@pytest.mark.parametrize("name", TOKEN_FILES)
def test_a_token_that_was_written_with_an_editor(
    root: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with http_server(TOKEN, "hosts") as api:
        state(root, influx(api.port, HTTP), token=TOKEN_FILES[name])
        assert said_of("central", ["metrics", "check"], capsys, ExitCode.OK) == "taken"


@pytest.mark.parametrize("token", [f"{TOKEN}\n{TOKEN}", f"{TOKEN}\0"])
def test_a_token_that_is_none_is_not_shown(
    root: Path, capsys: pytest.CaptureFixture[str], token: str
) -> None:
    state(root, influx(9, HTTP), token=token)
    assert run_command(["metrics", "check"]) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert "metricserver/central.pw: has a control character in it" in err
    assert TOKEN not in out + err


@pytest.mark.parametrize(
    "section",
    [
        graphite("odd", 2003, "\tproto sctp\n"),
        graphite("odd", 2003, "\tproto tcp\n").replace("127.0.0.1", "a..b"),
        graphite("odd", 2003).replace("127.0.0.1", "a b"),
        influx(8086, HTTP, name="odd").replace("127.0.0.1", "a..b"),
        influx(8086, HTTPS, name="odd").replace("127.0.0.1", "a:b:c"),
        influx(8086, name="odd").replace("127.0.0.1", "\u20ac" * 300),
    ],
)
def test_a_section_that_makes_no_sense_costs_the_others_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], section: str
) -> None:
    diagnosing.keep_diagnosis(Diagnosis())
    with tcp_server() as line:
        state(root, section, graphite("line", line.port, "\tproto tcp\n"))
        assert said_of("line", ["metrics", "send"], capsys, ExitCode.FAILED) == "taken"
        assert said_of("line", ["metrics", "check", "line"], capsys, ExitCode.OK) == "taken"
        assert run_command(["metrics", "check", "odd"]) in (ExitCode.FAILED, ExitCode.USAGE)
        line.wait_for(".check 1 ")
    assert "odd" in capsys.readouterr().err


def test_a_user_and_a_password_of_version_1(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # In Latin-1 as Python's server reads it, in UTF-8 as it was sent.
    word = "ann:gr\u00fc\u00df\u20ac"
    with http_server(word.encode().decode("latin-1"), "hosts") as api:
        state(root, influx(api.port, HTTP), token=word)
        assert said_of("central", ["metrics", "check"], capsys, ExitCode.OK) == "taken"
