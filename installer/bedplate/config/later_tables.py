"""The tables and keys that are accepted, so that an existing file is, but not acted on yet.

Their values are checked, and every one that asks for something is answered with a warning.
"""

from __future__ import annotations

from bedplate.config.findings import Findings, shown
from bedplate.config.names import wrong_with_fingerprint, wrong_with_line, wrong_with_url
from bedplate.config.schema import AnswerFile, FirstBootTable, GlobalTable, WebhookTable

_NOT_YET = "is accepted, but not acted on yet: "


def check_later_tables(tables: AnswerFile, findings: Findings) -> None:
    """Check what nothing uses yet, and say that nothing uses it."""
    if tables.post_installation_webhook is not None:
        _check_webhook(tables.post_installation_webhook, findings)
        findings.warn("post-installation-webhook", _NOT_YET + "no report is sent")
    if tables.first_boot is not None:
        _check_first_boot(tables.first_boot, findings)
        findings.warn("first-boot", _NOT_YET + "no program runs at the first start")
    if tables.global_ is not None:
        _warn_about_global(tables.global_, findings)


def _warn_about_global(table: GlobalTable, findings: Findings) -> None:
    asked = (
        ("subscription-key", table.subscription_key is not None, "no subscription is set up"),
        ("reboot-on-error", table.reboot_on_error, "a failed install leaves the machine running"),
        (
            "reboot-mode",
            "reboot_mode" in table.model_fields_set,
            "the machine stays on after the install",
        ),
    )
    for key, given, message in asked:
        if given:
            findings.warn(f"global.{key}", _NOT_YET + message)


def _check_webhook(table: WebhookTable, findings: Findings) -> None:
    _check_source("post-installation-webhook", table.url, table.cert_fingerprint, findings)
    if table.auth_token is not None and (wrong := wrong_with_line(table.auth_token.reveal())):
        findings.problem("invalid-value", "post-installation-webhook.auth-token", wrong)


def _check_first_boot(table: FirstBootTable, findings: Findings) -> None:
    _check_source("first-boot", table.url, table.cert_fingerprint, findings)
    if table.source == "from-url" and table.url is None:
        findings.missing("first-boot.url", "the executable's source is a URL, but none is given")
    for key in ("url", "cert_fingerprint") if table.source == "from-iso" else ():
        if getattr(table, key) is not None:
            message = 'has no effect with source = "from-iso"'
            findings.warn(f"first-boot.{key.replace('_', '-')}", message)


def _check_source(where: str, url: str | None, fingerprint: str | None, findings: Findings) -> None:
    if url is not None and (wrong := wrong_with_url(url)):
        # Not shown: an address may hold a token.
        findings.problem("invalid-value", f"{where}.url", wrong)
    if fingerprint is not None and (wrong := wrong_with_fingerprint(fingerprint)):
        message = f"{shown(fingerprint)} {wrong}"
        findings.problem("invalid-value", f"{where}.cert-fingerprint", message)
    elif fingerprint is not None and url is not None and url.startswith("http://"):
        message = f"{where}.url is http://, where there is no certificate to compare with"
        findings.problem("conflict", f"{where}.cert-fingerprint", message, "use https://")
