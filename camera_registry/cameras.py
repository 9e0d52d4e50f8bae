"""What others use of cameras: reading and changing them."""

from camera_registry.edits import CameraTaken, add_camera, edit_camera
from camera_registry.reads import (
    CameraUnknown,
    cameras_of_unit,
    clips_stream,
    code_as_typed,
    codes_within,
    count_by_status,
    describe,
    describe_all,
    get_camera,
    ids_by_code,
    ids_within,
    list_cameras,
    owner_of,
    streams_of,
    unit_of,
    units_of_cameras,
)
from camera_registry.records import CameraRecord, OwnerRecord, Page, PlacementRecord

__all__ = [
    "CameraRecord",
    "CameraTaken",
    "CameraUnknown",
    "OwnerRecord",
    "Page",
    "PlacementRecord",
    "add_camera",
    "cameras_of_unit",
    "clips_stream",
    "code_as_typed",
    "codes_within",
    "count_by_status",
    "describe",
    "describe_all",
    "edit_camera",
    "get_camera",
    "ids_by_code",
    "ids_within",
    "list_cameras",
    "owner_of",
    "streams_of",
    "unit_of",
    "units_of_cameras",
]
