"""What settings are in the words of the programs that read them.

Only what belongs to a file as a whole, or to one of its lines: where the lines go is known to
`in_place`.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.model.secret import MASK
from bedplate.model.settings import Admin, MailSettings, Relay, RelaySecurity, SmartSettings

RELAY_LOGIN = "/etc/postfix/sasl_passwd"
_SCAN = "DEVICESCAN"
_RUNNER = "/usr/share/smartmontools/smartd-runner"
# smartd.conf(5): short ones every night at two, long ones on Saturdays at three.
_SELF_TESTS = "(S/../.././02|L/../../6/03)"
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def relay_address(relay: Relay) -> str:
    """A relay as Postfix names it; in brackets, so that it is not looked up as a domain's MX."""
    return f"[{relay.host}]:{relay.port}"


def mail_parameters(settings: MailSettings) -> Mapping[str, str]:
    """Parameters of main.cf, postconf(5), for what is said."""
    found: dict[str, str] = {}
    if settings.sender is not None:
        found |= {
            "sender_canonical_maps": f"static:{settings.sender}",
            "sender_canonical_classes": "envelope_sender, header_sender",
        }
    if settings.relay is not None:
        found |= _relay_parameters(settings.relay)
    return found


def host_mail_parameters(fqdn: str | None) -> Mapping[str, str]:
    """Parameters of main.cf for a host that sends mail and takes none from the network."""
    named = {} if fqdn is None else {"myhostname": fqdn}
    return {
        **named,
        "myorigin": "$myhostname",
        "mydestination": "$myhostname, localhost.$mydomain, localhost",
        "inet_interfaces": "loopback-only",
        "mynetworks": "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128",
    }


def _relay_parameters(relay: Relay) -> Mapping[str, str]:
    encrypted = "secure" if relay.verify else "encrypt"
    found = {
        "relayhost": relay_address(relay),
        "smtp_tls_security_level": "none" if relay.security is RelaySecurity.NONE else encrypted,
        "smtp_tls_wrappermode": "yes" if relay.security is RelaySecurity.TLS else "no",
        "smtp_sasl_auth_enable": "no" if relay.user is None else "yes",
    }
    if relay.verify:
        found["smtp_tls_CAfile"] = _AUTHORITIES
    if relay.user is not None:
        # texthash needs no database beside it, in which the password would stand once more.
        found["smtp_sasl_password_maps"] = f"texthash:{RELAY_LOGIN}"
        found["smtp_sasl_tls_security_options"] = "noanonymous"
    return found


def render_relay_login(relay: Relay) -> str:
    """The file with the login to a relay; the password stands in it as `MASK`."""
    return f"{relay_address(relay)} {relay.user}:{MASK}\n"


def render_device_scan(settings: SmartSettings) -> str:
    """The line of smartd.conf(5) that has all disks watched; Debian's, and what is asked for."""
    tests = [] if not settings.self_tests else ["-s", _SELF_TESTS]
    limit = settings.temperature
    temperature = [] if limit is None else ["-W", f"0,{limit},{limit}"]
    words = [_SCAN, "-a", "-d", "removable", "-n", "standby", *tests, *temperature]
    return " ".join([*words, "-m", "root", "-M", "exec", _RUNNER])


def with_device_scan(text: str, line: str) -> str:
    """smartd.conf with that line in place of its DEVICESCAN; what comes after one is never read."""
    lines = text.splitlines()
    places = [number for number, old in enumerate(lines) if old.split()[:1] == [_SCAN]]
    if places and lines[places[0]].split() == line.split():
        return text
    start, end = (places[0], places[0] + 1) if places else (len(lines), len(lines))
    return "".join(f"{one}\n" for one in (*lines[:start], line, *lines[end:]))


def render_sudoers(admin: Admin) -> str:
    """A file for sudoers(5); without it the group sudo is asked for its password."""
    return f"{admin.name} ALL=(ALL:ALL) NOPASSWD: ALL\n"


def render_wake_rules(macs: tuple[str, ...]) -> str:
    """Rules for udev(7) that have cards listen for a magic packet, ethtool(8).

    By address, so whatever a card is called; bridges and bonds, which have the address of one of
    their cards, have no driver of a device. They belong behind 80-net-setup-link.rules: before
    that, `$name` is the name that the card is about to lose.
    """
    return "".join(
        f'ACTION=="add", SUBSYSTEM=="net", DRIVERS=="?*", ATTR{{address}}=="{mac}", '
        'RUN+="/usr/sbin/ethtool -s $name wol g"\n'
        for mac in macs
    )
