"""The object store port, and its two implementations: local files, and S3 through obstore.

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

__all__ = [
    "LocalFiles",
    "ObjectDamaged",
    "ObjectExists",
    "ObjectMissing",
    "ObjectStore",
    "RemoteObjects",
    "StoreUnavailable",
    "StoreUnusable",
    "open_store",
]
