"""The JSON calls under /api/v1, one file for each noun; see docs/ref/api.md."""

from api.rest import (
    audit,
    cameras,
    clips,
    coverage,
    grants,
    health,
    imports,
    jobs,
    me,
    owner,
    recording,
    requests,
    search,
    units,
)

routers = (
    health.router,
    units.router,
    cameras.router,
    owner.router,
    search.router,
    coverage.router,
    recording.router,
    clips.router,
    imports.router,
    jobs.router,
    me.router,
    requests.router,
    grants.router,
    audit.router,
)
