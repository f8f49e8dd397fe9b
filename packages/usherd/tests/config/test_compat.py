"""`usher: { compat: 'pm2' }`: what scripts may depend on is as with PM2, defect or not."""

from collections.abc import Callable

import pytest

from usher.model.spec import ChannelReady, ServiceSpec

App = Callable[[str], ServiceSpec]

COMPAT = "usher: { compat: 'pm2' },"


@pytest.mark.parametrize(
    ("listen_timeout", "patience"), [("", 3.0), ("listen_timeout: 1500,", 1.5)]
)
def test_the_word_is_waited_for_no_longer_than_pm2_waits(
    pm2_app: App, listen_timeout: str, patience: float
) -> None:
    fields = f"wait_ready: true, {listen_timeout}"
    assert pm2_app(f"{COMPAT} {fields}").ready.proof == ChannelReady(or_alive=patience)
    assert pm2_app(fields).ready.proof == ChannelReady()


def test_only_max_restarts_ends_restarts(pm2_app: App) -> None:
    as_pm2, ours = pm2_app(COMPAT).restart, pm2_app("").restart
    assert as_pm2.start_limit == ours.start_limit
    assert (ours.budget_count, as_pm2.budget_count) == (5, 1_000_000)


def test_the_schedule_survives_a_stop_and_the_shell_wins(pm2_app: App) -> None:
    as_pm2, ours = pm2_app(COMPAT), pm2_app("")
    assert (as_pm2.cron_when_stopped, ours.cron_when_stopped) == (True, False)
    assert as_pm2.pm2 is not None
    assert ours.pm2 is not None
    assert (as_pm2.pm2.shell_wins, ours.pm2.shell_wins) == (True, False)


def test_a_short_limit_is_no_doubt_then(pm2_findings: Callable[[str], list[str]]) -> None:
    fields = "wait_ready: true, listen_timeout: 1500,"
    assert pm2_findings(f"{COMPAT} {fields}") == []
    assert len(pm2_findings(fields)) == 1


def test_other_words_are_refused(pm2_findings: Callable[[str], list[str]]) -> None:
    (finding,) = pm2_findings("usher: { compat: 'pm3' }")
    assert "compat" in finding
    assert "pm2" in finding
