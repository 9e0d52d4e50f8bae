"""All tables of all packages: importing them is what fills the metadata."""

from sqlmodel import SQLModel

from access import subject_tables as _subjects
from access import tables as _access
from audit import tables as _audit
from camera_registry import tables as _registry
from extract import tables as _extract
from foundation.jobs import tables as _jobs
from ingest.index import tables as _index
from people import tables as _people

TABLES = (_access, _subjects, _audit, _registry, _extract, _jobs, _index, _people)
METADATA = SQLModel.metadata
