"""pm2-logrotate's keys in module_conf.json."""

from pathlib import Path

import pytest

from usher.config import load
from usher.config.logrotate import EVERYTHING, Rotation, apply, complaints, of_folder, read
from usher.model.spec import LogSpec

MODULE = Rotation(10 << 20, 30, False, "YYYY-MM-DD_HH-mm-ss", "0 0 * * *", ())


def test_without_the_module_nothing_is_set() -> None:
    assert read({}) is None
    assert read({"module-db-v2": {}}) is None


def test_the_file_in_pm2s_folder(tmp_path: Path) -> None:
    assert of_folder(tmp_path) is None
    settings = tmp_path / "module_conf.json"
    settings.write_text("{")
    assert of_folder(tmp_path) is None
    settings.write_text('{"pm2-logrotate": {"retain": "3"}}')
    assert of_folder(tmp_path) == MODULE._replace(retain=3)


def test_apps_of_pm2s_files_are_rotated_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM2_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "module_conf.json").write_text('{"pm2-logrotate": {"max_size": "1K"}}')
    (tmp_path / "app.js").write_text("")
    (tmp_path / "pm2.json").write_text('{"apps": [{"script": "app.js", "name": "a"}]}')
    (spec,) = load.load(tmp_path / "pm2.json").plan.services
    assert (spec.logs.max_size, spec.logs.retain, spec.logs.compress) == (1024, 30, False)


def test_the_module_has_its_own_defaults() -> None:
    assert read({"pm2-logrotate": {}}) == MODULE


def test_every_key() -> None:
    keys = {
        "max_size": "5K",
        "retain": 7,
        "compress": True,
        "dateFormat": "YYYY",
        "rotateInterval": "0 * * * *",
        "workerInterval": "30",
        "rotateModule": "true",
    }
    assert read({"pm2-logrotate": keys}) == Rotation(5120, 7, True, "YYYY", "0 * * * *", ())


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("max_size", "huge", "cannot use pm2-logrotate:max_size 'huge'; '10M' holds"),
        ("retain", "-1", "cannot use pm2-logrotate:retain '-1'; '30' holds"),
        ("compress", "yes", "cannot use pm2-logrotate:compress 'yes'; 'false' holds"),
        ("rotateInterval", "x", "cannot use pm2-logrotate:rotateInterval 'x'; '0 0 * * *' holds"),
        ("TZ", "Asia/Seoul", "pm2-logrotate:TZ is not used: times are those of this host"),
        ("maxsize", "5M", "pm2-logrotate:maxsize is no key of it"),
    ],
)
def test_what_cannot_be_used_is_said(key: str, value: str, said: str) -> None:
    assert read({"pm2-logrotate": {key: value}}) == MODULE._replace(complaints=(said,))


def test_all_files_are_kept() -> None:
    found = read({"pm2-logrotate": {"retain": "all"}})
    assert found is not None
    assert found.retain == EVERYTHING


def test_what_the_definition_says_itself_holds() -> None:
    logs = apply(LogSpec(max_size=5, compress=False), MODULE._replace(compress=True))
    assert logs == LogSpec(
        max_size=5, retain=30, compress=True, rotated_names=MODULE.rotated_names, rotate="0 0 * * *"
    )


def test_what_has_no_effect_is_told_and_nothing_else() -> None:
    assert complaints({"pm2-logrotate": {"max_size": "huge"}, "shop": {"open": "x"}}) == (
        "cannot use pm2-logrotate:max_size 'huge'; '10M' holds",
    )
    assert complaints({"pm2-logrotate": {"max_size": "5M"}}) == ()
    assert complaints({}) == ()
