"""The doctor for the page of the system: the same findings as `matpho doctor`, in the reader's language."""

from api.service import Doctor, DoctorSaid
from foundation.clock import Clock
from foundation.language import Language
from foundation.settings import Settings
from matpho.doctor.command import examine
from matpho.doctor.machine import LinuxMachine


def doctor_of(settings: Settings, clock: Clock) -> Doctor:
    def examined(language: Language) -> list[DoctorSaid]:
        found = examine(settings, LinuxMachine(clock), clock)
        return [DoctorSaid(one.level.value, *one.said(language, settings.zone)) for one in found]

    return examined
