"""The tests are in tiers; see docs/testing.md."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no reason to fail: no test asserts how long something takes.
settings.register_profile("patient", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("patient")

pytest_plugins = ["pytester", "tests.support.stop_plugin", "tests.support.tier_plugin"]
