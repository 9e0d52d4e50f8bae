"""The object store port, its two implementations (local files, and S3 through obstore), and the spool.

Keys are relative paths of plain names. Objects are immutable: put once, read by ranges, deleted whole.
"""

from foundation.storage.local import LocalFiles
from foundation.storage.opening import open_store
from foundation.storage.port import (
    ObjectDamaged,
    ObjectExists,
    ObjectMissing,
    ObjectStore,
    StoreUnavailable,
    StoreUnusable,
)
from foundation.storage.remote import RemoteObjects
from foundation.storage.spool import Spooled

__all__ = [
    "LocalFiles",
    "ObjectDamaged",
    "ObjectExists",
    "ObjectMissing",
    "ObjectStore",
    "RemoteObjects",
    "Spooled",
    "StoreUnavailable",
    "StoreUnusable",
    "open_store",
]
