"""What came of asking a camera, in words for somebody who is not from the trade: what is true, and what to do about it."""

from dataclasses import dataclass

from api.web.frame.words import Telling
from foundation.errors import N_
from foundation.language import translate
from ingest.probe.outcomes import Answer, Found

_RIGHT_US = 5_000_000
_HOUR_US = 3_600_000_000
_ZONE_US = 120_000_000
TEXT: dict[Found, tuple[str, str]] = {
    Found.ANSWERS: (N_("It answers and sends pictures: {coding}, {width} × {height}."), ""),
    Found.CHANNELS: (N_("It answers. It has {count} pictures to choose from."), ""),
    Found.NOT_ALLOWED: (
        N_("This address or port may not be asked."),
        N_(
            "Only cameras and recorders in the local network are asked. If the address is right, ask the administrator to allow its network."
        ),
    ),
    Found.NO_NAME: (
        N_("Nobody knows this name."),
        N_("Look for a mistyped letter, or write the number of the camera."),
    ),
    Found.NOBODY: (
        N_("Nobody is there: no connection within some seconds."),
        N_("Is the camera on, is its cable in, is the number right, and is it in the same network as the server?"),
    ),
    Found.CLOSED: (
        N_("A machine is there, but it does not let us in at this port."),
        N_("Look up the RTSP port in the settings of the camera, mostly 554, and whether RTSP is turned on."),
    ),
    Found.SIGN_IN: (
        N_("The camera refuses user and password."),
        N_(
            "Type them again, capital letters count. Many makers want a user of its own for ONVIF. After a few wrong passwords a camera may stay locked for half an hour."
        ),
    ),
    Found.NOT_RTSP: (
        N_("Something answers there, but it does not speak RTSP."),
        N_("The port is probably that of its web page. Write the RTSP port, mostly 554, or only its number."),
    ),
    Found.CERTIFICATE: (
        N_("Its certificate is not valid."),
        N_("Write rtsp:// in place of rtsps://, or ask the administrator."),
    ),
    Found.NO_PATH: (
        N_("The camera answers, but it has no picture under this address."),
        N_("What is behind the number differs by maker: look at the examples, or write only the number."),
    ),
    Found.NO_PICTURES: (
        N_("It answers, but it offers no pictures."),
        N_("Is a camera connected to this channel of the recorder? Choose another channel."),
    ),
    Found.CODING: (
        N_("It sends pictures in a coding that cannot be shown here: {coding}."),
        N_("Set H.264 or H.265 for the main stream in the settings of the camera."),
    ),
    Found.UDP_ONLY: (
        N_("It answers, but sends pictures over UDP only, so that none can be shown here."),
        N_("Turn on RTSP over TCP in its settings. It may be kept without a picture: recording can do UDP."),
    ),
    Found.NO_KEY_FRAME: (
        N_("It answers, but no whole picture came in time."),
        N_("Set the interval of key frames (I-frames) to 2 seconds and turn off “smart” coding, or try again."),
    ),
    Found.UNREADABLE: (
        N_("A picture came that cannot be read."),
        N_("Try again; if it stays so, choose H.264 in the settings of the camera."),
    ),
    Found.ONVIF_OFF: (
        N_("The machine does not answer by ONVIF."),
        N_("Turn on ONVIF in its settings, or write the whole address that begins with rtsp://."),
    ),
    Found.BROKE: (
        N_("It answers something else than was asked."),
        N_("Start the camera anew and try again; some let only a few watch at once."),
    ),
}


@dataclass(frozen=True)
class Told:
    """`level` is good, warn or bad; `clock` and `clock_mend` are empty where the device does not tell its time."""

    level: str
    text: str
    mend: str
    clock: str = ""
    clock_mend: str = ""


def told(tell: Telling, answer: Answer) -> Told:
    text, mend = TEXT[answer.found]
    coding = answer.coding or translate(tell.language, N_("unknown to us"))
    said = translate(
        tell.language, text, coding=coding, width=answer.width, height=answer.height, count=len(answer.channels)
    )
    good = answer.found in {Found.ANSWERS, Found.CHANNELS}
    clock, clock_mend = clock_told(tell, answer.clock_off_us)
    level = ("warn" if clock_mend else "good") if good else "bad"
    return Told(level, said, translate(tell.language, mend) if mend else "", clock, clock_mend)


def _rounded(off_us: int) -> int:
    """Return what is worth telling: of hours no seconds, for the way to the device takes some."""
    step = 1_000_000 if off_us < _HOUR_US // 6 else 60_000_000
    return round(off_us / step) * step


def clock_told(tell: Telling, off_us: int | None) -> tuple[str, str]:
    """Return how far a clock is off, and what to do about it."""
    if off_us is None:
        return "", ""
    if abs(off_us) <= _RIGHT_US:
        return translate(tell.language, N_("Its clock is right.")), ""
    length = tell.length(_rounded(abs(off_us)))
    text = N_("Its clock is {length} ahead.") if off_us > 0 else N_("Its clock is {length} behind.")
    zone = abs(off_us) > _HOUR_US // 2 and abs(off_us - round(off_us / _HOUR_US) * _HOUR_US) < _ZONE_US
    mend = (
        N_("This looks like a wrong time zone: choose GMT+07:00 in its settings.")
        if zone
        else N_("Set its time, or let it ask a time server (NTP): recordings that are brought in by hand depend on it.")
    )
    return translate(tell.language, text, length=length), translate(tell.language, mend)
