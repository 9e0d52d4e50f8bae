"""Settings: every name known, every value checked, the name of the culprit told."""

from pathlib import Path

import pytest

from foundation.settings import Settings, SettingUnknown, SettingUnusable


def test_without_any_everything_is_embedded() -> None:
    found = Settings.from_environment({"PATH": "/bin"})
    assert found == Settings(data=Path("./var"))
    assert found.catalogue_url == f"sqlite:///{Path('var/catalogue.sqlite').absolute()}"
    assert (found.store_url, found.language, found.zone.key) == ("", "vi", "Asia/Ho_Chi_Minh")


def test_an_empty_value_is_the_default() -> None:
    assert Settings.from_environment({"MATPHO_LANGUAGE": "", "MATPHO_DATA": ""}) == Settings()


def test_values_are_taken() -> None:
    given = {
        "MATPHO_DATA": "/srv/matpho",
        "MATPHO_DATABASE_URL": "postgresql+psycopg://m@db/matpho",
        "MATPHO_STORE_URL": "s3://footage/ward",
        "MATPHO_TIME_ZONE": "UTC",
        "MATPHO_LANGUAGE": "en",
    }
    found = Settings.from_environment(given)
    assert (found.catalogue_url, found.store_url, found.zone.key) == (
        given["MATPHO_DATABASE_URL"],
        "s3://footage/ward",
        "UTC",
    )


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(SettingUnknown) as refused:
        Settings.from_environment({"MATPHO_DATABSE_URL": "x"})
    assert refused.value.fields["name"] == "MATPHO_DATABSE_URL"
    assert "MATPHO_DATABASE_URL" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MATPHO_LANGUAGE", "fr"), ("MATPHO_TIME_ZONE", "Asia/Saigonn"), ("MATPHO_TIME_ZONE", "../etc/passwd")],
)
def test_a_bad_value_is_told_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingUnusable) as refused:
        Settings.from_environment({name: value})
    assert refused.value.fields["name"] == name
