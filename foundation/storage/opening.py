"""From the setting to the store."""

from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import S3Store

from foundation.storage.local import LocalFiles
from foundation.storage.port import ObjectStore, StoreUnusable
from foundation.storage.remote import RemoteObjects


def open_store(url: str, data: Path) -> ObjectStore:
    """Return the store of `MATPHO_STORE_URL`: files under `data`/footage when `url` is empty, else `s3://bucket/prefix`.

    Nothing is asked of the network yet. Raises `StoreUnusable`.
    """
    if not url:
        return LocalFiles(data / "footage")
    if not url.startswith("s3://"):
        raise StoreUnusable(url=url, why="only s3:// is known")
    try:
        return RemoteObjects(S3Store.from_url(url, client_options={"allow_http": True, "timeout": "60s"}))
    except (BaseError, ValueError) as error:
        raise StoreUnusable(url=url, why=(str(error).splitlines() or ["?"])[0]) from error
