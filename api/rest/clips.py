"""Clips: footage of one camera for `[from, to)`, computed when asked for, never stored."""

from collections.abc import Iterator

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.media import CHUNK_BYTES, answer_media
from api.parameters import at_most
from api.schemas.clip import Clip, ClipAsked
from api.schemas.problem import problems
from api.service import Service
from api.wiring import Acting, Serving, answer
from extract.clips import ClipRecord, make_clip, open_clip, read_clip, times_of
from extract.delivery import read_chunks
from extract.virtual_file import VirtualFile
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, format_instant

router = APIRouter(prefix="/api/v1/clips", tags=["clips"])

LONGEST_DAYS = 1
