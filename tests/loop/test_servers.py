"""The servers that machines of tests talk to, with clients of here."""

from __future__ import annotations

import smtplib
import socket
import ssl
import struct
import time
from pathlib import Path

from tests.support.servers import mail_server, time_server

_CLIENT = b"\x23" + bytes(39) + b"whatever"
_1970 = 2208988800


def test_a_time_server_tells_the_time_until_the_block_ends() -> None:
    for _ in range(2):
        with (
            time_server(port=0) as address,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        ):
            client.settimeout(60)
            client.sendto(_CLIENT, address)
            answer = client.recv(1024)
            assert (len(answer), answer[24:32]) == (48, b"whatever")
            (seconds,) = struct.unpack("!I", answer[40:44])
            assert abs(seconds - _1970 - time.time()) < 600


def test_a_relay_takes_mail_from_who_logs_in_and_ends_while_one_is_connected(
    tmp_path: Path,
) -> None:
    unknown = ssl._create_unverified_context()
    with mail_server(tmp_path, "me", "a secret") as box:
        client = smtplib.SMTP("127.0.0.1", box.port, timeout=60)
        client.starttls(context=unknown)
        client.login("me", "a secret")
        client.sendmail("a@example.com", ["b@example.com"], "Subject: hello\n\ntext\n")
    client.close()
    assert box.logins == [("me", "a secret")]
    ((sender, recipient, text),) = box.mails
    assert (sender, recipient) == ("a@example.com", "b@example.com")
    assert "Subject: hello" in text
