"""Who may sign in, in which role, for which units and how long, and what follows from it.

`people.rights` and `people.judging` are the pure core: everything that answers "may this person do that there" ends there.
docs/design/people.md tells the rules.
"""
