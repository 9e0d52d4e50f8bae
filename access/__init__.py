"""Who asked for footage, who decided, what was granted, and what was done with it. docs/design/requests.md."""
