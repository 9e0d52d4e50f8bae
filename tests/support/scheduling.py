"""Which tests stay on one worker: those that share something that takes long to make. All others go wherever there is room.

(The marks of `--dist loadgroup` have no effect with this pytest and pytest-xdist.)
"""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

TOGETHER = (
    "tests/e2e/web/",
    "tests/e2e/web_islands/",
    "tests/e2e/matpho/test_demo.py",
    "tests/e2e/matpho/test_outgrown.py",
    "tests/e2e/matpho/test_service.py",
    "tests/integration/ingest/live/test_compiled.py",
    "tests/integration/ingest/live/test_gstreamer.py",
    "tests/integration/ingest/live/test_hostile.py",
)

BY_PARAMETER = ("tests/property/ingest/test_imported_then_cut.py",)
"""Files whose tests share something that is made for each parameter."""


class ByWhatTheyShare(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(BY_PARAMETER):
            return nodeid.partition("::")[0] + "[" + nodeid.partition("[")[2]
        return next((scope for scope in TOGETHER if nodeid.startswith(scope)), nodeid)
