"""An answer file: from its text to a `Request`, or to everything that is wrong with it.

The text may hold a password in the clear: it is never logged, and no message repeats a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.config.disk_table import DiskSetup, check_disk_setup
from bedplate.config.findings import Findings
from bedplate.config.first_boot_table import check_first_boot
from bedplate.config.global_table import Host, check_global
from bedplate.config.hooks_table import check_hooks
from bedplate.config.later_tables import check_later_tables
from bedplate.config.names import wrong_with_domain
from bedplate.config.network_table import check_network
from bedplate.config.repositories_table import check_repositories_table
from bedplate.config.schema import AnswerFile
from bedplate.config.settings import check_settings
from bedplate.config.shape import ANSWER, check_shape, parse_toml
from bedplate.config.text import decode
from bedplate.errors import Problem
from bedplate.model.layout import Layout
from bedplate.model.repository_options import RepositoryOptions
from bedplate.model.request import AnyNetwork, DhcpNetwork, Request, StatedNetwork
from bedplate.model.settings import Settings


def parse_answer(data: bytes, layouts: Sequence[Layout]) -> Request:
    """Read an answer file; what the operator should know is in the request's `warnings`.

    Raises `UsageError` with every problem the file has.
    """
    findings = Findings()
    tables = check_shape(parse_toml(decode(data)), ANSWER, findings)
    host: Host | None = None
    network: AnyNetwork | None = None
    disks: DiskSetup | None = None
    if tables.global_ is not None:
        host = check_global(tables.global_, findings)
    if tables.network is not None:
        network = check_network(tables.network, findings)
    if tables.disk_setup is not None:
        disks = check_disk_setup(tables.disk_setup, layouts, findings)
    repositories = RepositoryOptions()
    if tables.repositories is not None:
        repositories = check_repositories_table(tables.repositories, findings)
    _check_name_source(host, network, findings)
    check_later_tables(tables, findings)
    first_boot = check_first_boot(tables.first_boot, findings)
    hooks, hook_seconds = check_hooks(tables.hooks, findings)
    settings = check_settings(tables, () if host is None else host.root_ssh_keys, findings)
    findings.raise_if_any()
    if host is None or network is None or disks is None:
        raise AssertionError("a table was dropped without a problem")
    request = _request(host, network, disks, settings, findings.warnings)
    return request.model_copy(
        update={
            "repositories": repositories,
            "first_boot": first_boot,
            "hooks": hooks,
            "hook_seconds": hook_seconds,
        }
    )


@dataclass(frozen=True, slots=True)
class NetworkAnswer:
    """`[network]` of an answer file alone, with the domain of the host if the file names it."""

    network: AnyNetwork
    domain: str
    warnings: tuple[str, ...]


def parse_network(data: bytes) -> NetworkAnswer:
    """Read the network out of an answer file, which may have nothing else.

    No other table is judged. Raises `UsageError` with every problem of the network.
    """
    found = Findings()
    tables = check_shape(parse_toml(decode(data)), ANSWER, found)
    findings = Findings([problem for problem in found.problems if _is_of_network(problem)])
    network = None if tables.network is None else check_network(tables.network, findings)
    findings.raise_if_any()
    if network is None:
        raise AssertionError("a table was dropped without a problem")
    return NetworkAnswer(network, _domain(tables), tuple(findings.warnings))


def _is_of_network(problem: Problem) -> bool:
    return problem.where.split(".")[0] == "network"


def _domain(tables: AnswerFile) -> str:
    fqdn = None if tables.global_ is None else tables.global_.fqdn
    domain = fqdn.partition(".")[2] if isinstance(fqdn, str) else fqdn and fqdn.domain
    return domain if domain and not wrong_with_domain(domain) else ""


def _request(
    host: Host,
    network: AnyNetwork,
    disks: DiskSetup,
    settings: Settings,
    warnings: list[str],
) -> Request:
    return Request(
        layout=disks.layout.name,
        hostname=host.hostname,
        domain=host.domain,
        hostname_from_dhcp=host.named_by_dhcp,
        country=host.country,
        keyboard=host.keyboard,
        timezone=host.timezone,
        mailto=host.mailto,
        root_password=host.root_password,
        root_ssh_keys=host.root_ssh_keys,
        reboot_mode=host.reboot_mode,
        disks=disks.selection,
        special=disks.special,
        lvm=disks.lvm,
        zfs=disks.zfs,
        btrfs=disks.btrfs,
        network=network,
        accept_small_disk=disks.accept_small_disk,
        slack=disks.slack,
        unmount=disks.unmount,
        rename=disks.rename,
        free_bytes=disks.free_bytes,
        settings=settings,
        warnings=tuple(warnings),
    )


def _check_name_source(host: Host | None, network: AnyNetwork | None, findings: Findings) -> None:
    if host is None or network is None or not host.named_by_dhcp:
        return
    if not _asks_dhcp(network):
        message = (
            'a host with a static address is not named by DHCP: network.source is "from-answer"'
        )
        findings.problem("conflict", "global.fqdn.source", message, "give the name as a text")
    else:
        message = f"the host is called {host.hostname} until a DHCP server names it"
        findings.warn("global.fqdn.source", message)


def _asks_dhcp(network: AnyNetwork) -> bool:
    """Whether a DHCP server gets to name the host; that of IPv6 never does."""
    if isinstance(network, StatedNetwork):
        return any(interface.ipv4 == "dhcp" for interface in network.interfaces)
    return isinstance(network, DhcpNetwork)
