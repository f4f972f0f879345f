"""The tests are in tiers; see docs/testing.md."""

from __future__ import annotations

pytest_plugins = ["pytester", "tests.support.stop_plugin", "tests.support.tier_plugin"]
