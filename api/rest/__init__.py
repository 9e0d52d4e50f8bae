"""The JSON calls under /api/v1, one file for each noun; see docs/ref/api.md."""

from api.rest import audit, cameras, clips, coverage, health, imports, jobs, recording, search, units

routers = (
    health.router,
    units.router,
    cameras.router,
    search.router,
    coverage.router,
    recording.router,
    clips.router,
    imports.router,
    jobs.router,
    audit.router,
)
