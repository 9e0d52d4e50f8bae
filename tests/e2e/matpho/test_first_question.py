"""From empty folder to clip, by the command line alone."""

import json
import subprocess
from pathlib import Path

import av
import pytest

from tests.support.coded_footage import number_of
from tests.support.command_line import Matpho
from tests.support.luma import luma

SPAN = ("--from", "2026-03-07T21:04:00+07:00", "--to", "2026-03-07T21:06:00+07:00")


def numbers(path: Path) -> list[int]:
    """Return the numbers that the visible frames carry, as ffmpeg shows them."""
    shown = path.with_suffix(".shown.mkv")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", path, "-c:v", "ffv1", "-fps_mode", "passthrough", shown], check=True
    )
    with av.open(str(shown)) as found:
        return [number_of(luma(frame)) for frame in found.decode(video=0)]


def test_everything_between_a_recording_and_its_clip(ward: Matpho, recording: Path, tmp_path: Path) -> None:
    done = ward("clips", "import", recording, "--camera", "C1", "--json")
    assert done.code == 0, done.err
    (told,) = done.json
    assert (told["from"], told["start_source"], told["frames"]) == ("2026-03-07T21:05:00+07:00", "file_name", 200)

    found = ward("lookup", "--at", "10.7700,106.7003", *SPAN, "--json")
    assert found.code == 0
    (sighting,) = found.json["sightings"]
    assert sighting["camera"]["code"] == "C1"
    assert sighting["coverage"]["intervals"] == [
        {"from": "2026-03-07T21:05:00+07:00", "to": "2026-03-07T21:05:08+07:00"}
    ]
    assert sighting["gaps"][-1]["reason"] == "file_end"

    line = ward("timeline", "--camera", "C1", *SPAN)
    assert line.code == 0
    assert "recorded" in line.out
    assert "the imported recording ends there" in line.out

    out = tmp_path / "clip.mp4"
    clip = ("clip", "--camera", "C1", "--from", "2026-03-07T21:05:02.3+07:00", "--to", "2026-03-07T21:05:04+07:00")
    made = ward(*clip, "--out", out, "--json")
    assert made.code == 0, made.err
    receipt = made.json["receipt"]
    assert receipt["complete"]
    assert receipt["frames"] == {"visible": 42, "hidden": 8}  # frames 58 to 99, from key frame 50 on
    assert numbers(out) == list(range(58, 100))
    again = ward(*clip, "--out", out)
    assert again.code == 2
    assert "--force" in again.err

    picture = tmp_path / "frame.jpg"
    shown = ward("frame", "--camera", "C1", "--at", "2026-03-07T21:05:02.3+07:00", "--out", picture, "--json")
    assert shown.json["time"] == "2026-03-07T21:05:02.280+07:00"
    assert picture.read_bytes()[:2] == b"\xff\xd8"

    checked = ward("check", "--level", "hash", "--json")
    assert (checked.code, checked.json["problems"], checked.json["objects"]) == (0, [], 2)


def test_partial_and_empty_answers_say_so(ward: Matpho, recording: Path, tmp_path: Path) -> None:
    assert ward("clips", "import", recording, "--camera", "C1").code == 0
    out = tmp_path / "long.mp4"
    made = ward("clip", "--camera", "C1", *SPAN, "--out", out)
    assert made.code == 4
    assert (
        "Missing: 2026-03-07T21:05:08+07:00 to 2026-03-07T21:06:00+07:00, the imported recording ends there" in made.out
    )
    assert len(numbers(out)) == 200
    nothing = ward("clip", "--camera", "C2", *SPAN, "--out", tmp_path / "none.mp4")
    assert nothing.code == 3
    assert not (tmp_path / "none.mp4").exists()
    assert ward("timeline", "--camera", "C2", *SPAN).code == 3
    assert ward("lookup", "--at", "10.75,106.65", *SPAN).code == 3
    assert ward("cameras", "show", "C9").code == 3


def test_the_same_file_twice_is_told(ward: Matpho, recording: Path) -> None:
    first = ward("clips", "import", recording, "--camera", "C1", "--json").json[0]
    second = ward("clips", "import", recording, "--camera", "C1", "--json").json[0]
    assert not first["already"]
    assert second["already"]
    assert second["import"] == first["import"]
    other = ward("clips", "import", recording, "--camera", "C2")
    assert other.code == 1
    assert "C1" in other.err


def test_one_file_that_cannot_be_kept_refuses_the_folder(ward: Matpho, recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / recording.name).write_bytes(recording.read_bytes())
    (folder / "cam1_20260307220500.mp4").write_bytes(b"not a recording")
    (folder / "evening.mp4").write_bytes(recording.read_bytes())
    (folder / "notes.txt").write_text("left alone")
    done = ward("clips", "import", folder, "--camera", "C1")
    assert done.code == 1
    assert "cam1_20260307220500.mp4 cannot be read as a recording" in done.err
    assert "Nothing tells when the recording evening.mp4 began" in done.err
    assert "2 files cannot be kept" in done.err
    assert ward("timeline", "--camera", "C1", *SPAN).code == 3
    (folder / "cam1_20260307220500.mp4").unlink()
    (folder / "evening.mp4").unlink()
    assert ward("clips", "import", folder, "--camera", "C1").code == 0


def test_wrong_usage_is_told_apart_from_errors(ward: Matpho, recording: Path, tmp_path: Path) -> None:
    naive = ward("timeline", "--camera", "C1", "--from", "2026-03-07 21:00", "--to", "2026-03-07T22:00:00+07:00")
    assert naive.code == 2
    assert "offset" in naive.err
    assert ward("lookup", "--at", "here", *SPAN).code == 2
    two = tmp_path / "two"
    two.mkdir()
    for name in ("a.mp4", "b.mp4"):
        (two / name).write_bytes(recording.read_bytes())
    assert ward("clips", "import", two, "--camera", "C1", "--start", "2026-03-07T21:05:00+07:00").code == 2
    assert ward("init", MATPHO_COLOUR="red").code == 1


def test_rows_that_are_refused_are_named_and_nothing_is_kept(matpho: Matpho, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("code,lat,lon\nC1,10.77,106.70\nC2,91,106.70\nC1,10.77,106.70\n")
    done = matpho("cameras", "import", bad)
    assert done.code == 1
    assert "3, lat" in done.err
    assert "4, code" in done.err
    assert matpho("cameras", "list").code == 3


def test_people_are_answered_in_vietnamese_unless_they_ask_otherwise(ward: Matpho) -> None:
    told = ward("cameras", "show", "C9", MATPHO_LANGUAGE="vi")
    assert told.code == 3
    assert "camera" in told.err.lower()
    assert "There is no" not in told.err


def test_the_register_never_shows_its_owners(ward: Matpho) -> None:
    listed = ward("cameras", "list", "--search", "dau hem", "--json")
    assert [item["code"] for item in listed.json] == ["C1"]
    shown = ward("cameras", "show", "C1", "--json")
    assert shown.json["placement"]["bearing_deg"] == 90.0
    assert "Bà Tư" not in json.dumps(shown.json, ensure_ascii=False)


def test_times_in_refusals_are_those_of_the_street(ward: Matpho, recording: Path, tmp_path: Path) -> None:
    assert ward("clips", "import", recording, "--camera", "C1").code == 0
    late = ("--camera", "C1", "--at", "2026-03-07T22:00:00+07:00", "--out", tmp_path / "f.jpg")
    told = ward("frame", *late)
    assert told.code == 3
    assert "recorded nothing at 2026-03-07T22:00:00+07:00" in told.err
    assert "2026-03-07T15:00:00Z" in ward("frame", *late, MATPHO_TIME_ZONE="UTC").err


@pytest.mark.parametrize("name", ["none/clip.mp4", "file/clip.mp4"])
def test_a_place_that_cannot_be_written_is_named_before_anything_is_made(
    ward: Matpho, recording: Path, tmp_path: Path, name: str
) -> None:
    assert ward("clips", "import", recording, "--camera", "C1").code == 0
    (tmp_path / "file").write_text("not a folder")
    out = tmp_path / name
    for command in (("clip", *SPAN), ("frame", "--at", "2026-03-07T21:05:01+07:00")):
        told = ward(*command, "--camera", "C1", "--out", out)
        assert told.code == 1
        assert f"“{out}” cannot be written" in told.err
        assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"MATPHO_DATA": "/proc/none"}, "The data folder /proc/none cannot be used"),
        ({"MATPHO_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:1/x"}, "The database does not answer"),
        ({"MATPHO_DATABASE_URL": "mysql://x@127.0.0.1/x"}, "The database kind “mysql"),
        ({"MATPHO_STORE_URL": "ftp://x/y"}, "The object store “ftp://x/y” cannot be used"),
        (
            {
                "MATPHO_STORE_URL": "s3://footage/x",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
                "AWS_SKIP_SIGNATURE": "true",
            },
            "The object store does not answer",
        ),
    ],
)
def test_what_the_house_stands_on_is_named_when_it_is_not_there(
    ward: Matpho, settings: dict[str, str], said: str
) -> None:
    told = ward("check", **settings)
    assert told.code == 1
    assert said in told.err
    assert "Traceback" not in told.err
