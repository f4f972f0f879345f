"""The tables and keys that are accepted, so that an existing file is, but not acted on yet.

Their values are checked, and every one that asks for something is answered with a warning.
"""

from __future__ import annotations

from bedplate.config.findings import Findings
from bedplate.config.first_boot_table import check_pinned
from bedplate.config.names import wrong_with_line
from bedplate.config.schema import AnswerFile, GlobalTable, WebhookTable

_NOT_YET = "is accepted, but not acted on yet: "


def check_later_tables(tables: AnswerFile, findings: Findings) -> None:
    """Check what nothing uses yet, and say that nothing uses it."""
    if tables.post_installation_webhook is not None:
        _check_webhook(tables.post_installation_webhook, findings)
        findings.warn("post-installation-webhook", _NOT_YET + "no report is sent")
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
    check_pinned("post-installation-webhook", table.url, table.cert_fingerprint, findings)
    if table.auth_token is not None and (wrong := wrong_with_line(table.auth_token.reveal())):
        findings.problem("invalid-value", "post-installation-webhook.auth-token", wrong)
