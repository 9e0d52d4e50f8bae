"""The only package that knows HTTP: routes, problem details, byte ranges, and the streaming of media.

`api.app.create_app` builds the application from an `api.service.Service`.
"""
