"""The JSON calls under /api/v1, one file for each noun; see docs/ref/api.md."""

from api.rest import (
    audit,
    cameras,
    clips,
    coverage,
    deletions,
    grants,
    health,
    imports,
    jobs,
    me,
    owner,
    recording,
    requests,
    search,
    subjects,
    units,
)

routers = (
    health.router,
    units.router,
    cameras.router,
    owner.router,
    search.router,
    coverage.router,
    deletions.router,
    recording.router,
    clips.router,
    imports.router,
    jobs.router,
    me.router,
    requests.router,
    grants.router,
    subjects.router,
    audit.router,
)
