"""The SDK's own data files: service models, endpoint rules, partitions.

botocore's loader parses them into dicts that remember their order, which every dict does today, and
looks through the folders of all its four hundred services before it reads the first. Both together
take as long as the first answers of a scan.
"""

from __future__ import annotations

import gzip
import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader
from botocore.loaders import Loader as SdkLoader


class _Files(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    """JSON files, some of them packed, as plain dicts."""

    def load_file(self, file_path: str) -> Any:
        """Return what a file holds (named without its ending), None where there is none."""
        plain, packed = Path(file_path + ".json"), Path(file_path + ".json.gz")
        if plain.is_file():
            return json.loads(plain.read_bytes())
        return json.loads(gzip.decompress(packed.read_bytes())) if packed.is_file() else None


class Loader(SdkLoader):  # type: ignore[misc]
    """botocore's loader; a folder is taken for a service until something is read from it."""

    FILE_LOADER_CLASS = _Files

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's
        """Return the services there are folders of, whatever is in them."""
        return self._folders

    @cached_property
    def _folders(self) -> list[str]:
        found = (Path(one) for one in self.search_paths)
        return sorted({one.name for at in found if at.is_dir() for one in at.iterdir()})


@cache
def loader() -> Loader:
    """Return the one loader: it keeps what it read."""
    return Loader()
