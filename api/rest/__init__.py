"""The JSON calls under /api/v1, one file for each noun; see docs/ref/api.md."""

from api.rest import audit, cameras, clips, coverage, health, holds, imports, jobs, me, owner, recording, search, units

routers = (
    health.router,
    units.router,
    cameras.router,
    owner.router,
    search.router,
    coverage.router,
    recording.router,
    clips.router,
    holds.router,
    imports.router,
    jobs.router,
    me.router,
    audit.router,
)
