"""PM2's settings file: the same keys, the same shape, whole or untouched."""

from pathlib import Path

import msgspec
import pytest

from usher.host import settings


def test_keys_are_paths_and_the_shape_is_pm2s(tmp_path: Path) -> None:
    folder = tmp_path / "pm2"
    assert settings.load(folder) == {}
    settings.put(folder, "a:b", "5")
    settings.put(folder, "plain", "hello")
    settings.put(folder, "pm2-logrotate:max_size", "1K")
    found = settings.put(folder, "x.y.z", "1")
    assert found == settings.load(folder)
    assert found == {
        "a": {"b": "5"},
        "plain": "hello",
        "pm2-logrotate": {"max_size": "1K"},
        "x": {"y": {"z": "1"}},
    }
    assert settings.path(folder).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in folder.iterdir()] == ["module_conf.json"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pm2-logrotate:max_size", "1K"),
        ("pm2-logrotate.max_size", "1K"),
        ("pm2-logrotate", {"max_size": "1K"}),
        ("plain", "hello"),
        ("plain:below", None),
        ("nope", None),
    ],
)
def test_a_value_or_a_whole_module_is_found(key: str, value: object) -> None:
    kept: dict[str, settings.Json] = {"pm2-logrotate": {"max_size": "1K"}, "plain": "hello"}
    assert settings.lookup(kept, key) == value


def test_removing_leaves_the_rest(tmp_path: Path) -> None:
    settings.put(tmp_path, "a:b", "1")
    settings.put(tmp_path, "a:c", "2")
    assert settings.remove(tmp_path, "a:b")
    assert not settings.remove(tmp_path, "a:b")
    assert not settings.remove(tmp_path, "no:thing")
    assert settings.load(tmp_path) == {"a": {"c": "2"}}
    assert settings.remove(tmp_path, "all")
    assert settings.load(tmp_path) == {}


def test_all_values_are_listed_under_their_whole_keys() -> None:
    kept: dict[str, settings.Json] = {"b": {"x": 1, "y": {"z": True}}, "a": "text"}
    assert settings.flat(kept) == [("a", "text"), ("b:x", "1"), ("b:y:z", "true")]


@pytest.mark.parametrize("key", ["", ":", "a:", ":a", "a..b", ":".join("abcdefghi")])
def test_no_key_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(settings.SettingsError, match="cannot use"):
        settings.put(tmp_path, key, "1")


def test_a_damaged_file_is_named_and_not_replaced(tmp_path: Path) -> None:
    settings.path(tmp_path).write_text("{oops")
    with pytest.raises(settings.SettingsError, match=r"cannot read .*module_conf.json"):
        settings.put(tmp_path, "a", "1")
    assert settings.path(tmp_path).read_text() == "{oops"


def test_a_value_above_makes_room_for_a_module(tmp_path: Path) -> None:
    settings.put(tmp_path, "a", "1")
    assert settings.put(tmp_path, "a:b", "2") == {"a": {"b": "2"}}
    assert msgspec.json.decode(settings.path(tmp_path).read_bytes()) == {"a": {"b": "2"}}
