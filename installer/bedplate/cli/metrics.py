"""`bedplate metrics`: how the disks of this host are, for those who draw curves of it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from bedplate.apply.files import put_file
from bedplate.apply.metrics import send
from bedplate.cli.diagnosing import last_diagnosis
from bedplate.cli.host_changing import Host
from bedplate.cli.options import AsJson
from bedplate.cli.root import require_root
from bedplate.cli.tables import show, table
from bedplate.errors import ApplyError, Problem, UsageError
from bedplate.facts.disks import probe_disk_facts
from bedplate.facts.lvm import probe_volume_groups
from bedplate.facts.metric_servers import Found, probe_metric_servers
from bedplate.facts.smart import probing_smart
from bedplate.facts.stores import probe_stores
from bedplate.facts.tools import unless_missing
from bedplate.facts.zfs import probe_imported_pools
from bedplate.model.metric import Metric, Sent
from bedplate.model.metric_server import STATUS_CFG, MetricServer
from bedplate.plan.disk_health import judge
from bedplate.plan.metrics import metrics_of, trial_metric
from bedplate.render.metric_lines import render_prometheus
from bedplate.run import side_by_side

HOST = Host()
TEXT_FILE = Path("var/lib/prometheus/node-exporter/bedplate.prom")
_PUBLIC = 0o644
_THREADS = 8

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("check")
def check_command(
    name: Annotated[
        str | None, typer.Argument(help="A server of status.cfg; all of them by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send one point to each server, and say what happened; exit code 1 if one did not take it."""
    require_root("read the tokens of the servers")
    servers, unclear = _servers() if name is None else (_named(name), ())
    _report(_send(servers, trial_metric()), unclear, as_json=as_json)


@app.command("send")
def send_command(as_json: AsJson = False) -> None:
    """Look at the disks, and send what is found to each server; exit code 1 if one did not take it.

    It is written to where Prometheus' node exporter looks for text files, too, if that is there.
    """
    require_root("ask the disks")
    metrics = _look()
    place = HOST.root / TEXT_FILE
    if place.parent.is_dir():
        put_file(place, render_prometheus(metrics).encode(), _PUBLIC)
    servers, unclear = _servers()
    enabled = [server for server in servers if not server.disable]
    _report(_send(enabled, metrics), unclear, as_json=as_json)


@app.command("show")
def show_command(as_json: AsJson = False) -> None:
    """Show what would be sent, in Prometheus' text format."""
    require_root("ask the disks")
    metrics = _look()
    if as_json:
        typer.echo(json.dumps([metric.model_dump(mode="json") for metric in metrics], indent=2))
    else:
        typer.echo(render_prometheus(metrics), nl=False)


def _look() -> tuple[Metric, ...]:
    """How the disks are now; the doctor's last word, for what takes long to look at."""
    last = last_diagnosis()
    disks = probe_disk_facts(HOST.run)
    with probing_smart(HOST.run, disks, wake=False) as smart:
        stores = probe_stores(HOST.run)
        pools = unless_missing(probe_imported_pools, HOST.run)
        groups = unless_missing(probe_volume_groups, HOST.run)
    answers = {fact.disk: fact for fact in smart.result()}
    healths = tuple(judge(disk, answers[disk.id]) for disk in disks if disk.id in answers)
    return metrics_of(last, healths, stores, pools, groups)


def _servers() -> Found:
    """Those of status.cfg, and what is wrong with sections that make no sense.

    Raises `UsageError` if none does: there is nothing to do then.
    """
    servers, unclear = probe_metric_servers(HOST.root)
    if unclear and not servers:
        raise UsageError(unclear)
    return servers, unclear


def _named(name: str) -> tuple[MetricServer, ...]:
    """The server of that name; how the others are does not matter."""
    servers, unclear = probe_metric_servers(HOST.root)
    if found := tuple(server for server in servers if server.name == name):
        return found
    if about := [problem for problem in unclear if problem.where.endswith(f" {name}")]:
        raise UsageError(about)
    known = ", ".join(server.name for server in servers)
    hint = f"it has {known}" if known else "`bedplate config apply` adds servers to it"
    raise UsageError(Problem("server-unknown", name, f"is no server of {STATUS_CFG}", hint))


def _send(servers: Iterable[MetricServer], metrics: tuple[Metric, ...]) -> tuple[Sent, ...]:
    """To all of them at once: one that does not answer keeps nobody waiting but us."""
    host, at = socket.gethostname().partition(".")[0], int(time.time())
    with side_by_side(_THREADS) as threads:
        return tuple(threads.map(lambda server: send(server, metrics, host, at), servers))


def _report(sent: tuple[Sent, ...], unclear: tuple[Problem, ...], *, as_json: bool) -> None:
    """Say what happened. Raises `ApplyError` unless every server that is stated took its points."""
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in sent], indent=2))
    elif sent:
        rows = ((one.name, one.kind, one.to, str(one.points), one.said) for one in sent)
        show(table("", "server kind to points result", rows))
    else:
        typer.echo(f"{STATUS_CFG} has no server to send to.")
    failed = [Problem("not-taken", one.name, one.said) for one in sent if not one.well]
    if failed or unclear:
        raise ApplyError([*failed, *unclear])
