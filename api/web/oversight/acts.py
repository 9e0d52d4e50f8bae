"""The acts of the log in words. A test holds the list to docs/ref/audit-events.md."""

from foundation.errors import N_

ACT_TEXT: dict[str, str] = {
    "clip:make": N_("made a clip"),
    "frame:read": N_("looked at a picture"),
    "frame:skim": N_("looked over a strip of pictures"),
    "footage:refuse": N_("asked for footage without a grant"),
    "request:draft": N_("drafted a request"),
    "request:submit": N_("submitted a request"),
    "request:approve": N_("approved a request"),
    "request:refuse": N_("refused a request"),
    "request:withdraw": N_("withdrew a request"),
    "request:release": N_("said what came of a request"),
    "request:expire": N_("a request expired"),
    "request:review": N_("reviewed an approval"),
    "request:no_recording": N_("said that there is no recording of what is asked for"),
    "owner:read": N_("was shown who owns a camera"),
    "owner:ask": N_("made a link for an owner"),
    "owner:answer": N_("an owner answered"),
    "hold_order:place": N_("had footage held"),
    "hold_order:renew": N_("had it held for longer"),
    "hold_order:release": N_("released what was held"),
    "hold_order:refuse": N_("asked for a hold"),
    "hold:place": N_("footage of a camera was held"),
    "hold:release": N_("footage of a camera was released"),
    "camera:add": N_("registered a camera"),
    "camera:edit": N_("changed a camera"),
    "camera:ask": N_("asked a camera whether it answers"),
    "camera:import": N_("imported a table of cameras"),
    "photo:add": N_("added a photo"),
    "clips:import": N_("imported a recording"),
    "unit:import": N_("imported units"),
    "unit:succeed": N_("a unit took over from others"),
    "unit:split": N_("a unit was split"),
    "unit:telephone": N_("set the telephone of a unit"),
    "rules:set": N_("changed rules"),
    "person:add": N_("made an account"),
    "person:disable": N_("closed an account"),
    "person:enable": N_("opened an account again"),
    "person:tie": N_("tied an account to a provider"),
    "person:home": N_("said where a person lives, or had it forgotten"),
    "role:give": N_("gave a role"),
    "role:end": N_("ended a role"),
    "link:make": N_("made a one-time link"),
    "password:set": N_("a password was chosen"),
    "second_factor:set": N_("a phone was enrolled"),
    "second_factor:forget": N_("a phone was forgotten"),
    "recovery_code:use": N_("used a code on paper"),
    "token:make": N_("made a token for a program"),
    "token:revoke": N_("ended a token"),
    "sign_in:done": N_("signed in"),
    "sign_in:refuse": N_("tried to sign in"),
    "sign_out:done": N_("signed out"),
    "subject:receive": N_("took a request of a data subject"),
    "subject:read": N_("was shown which data subject asked"),
    "subject:acknowledge": N_("acknowledged a request of a data subject"),
    "subject:answer": N_("answered a request of a data subject"),
    "subject:erase": N_("erased who asked about their data"),
    "retention:delete": N_("footage was deleted because of its age, or for space"),
    "recording:begin": N_("recording began"),
    "recording:end": N_("recording ended"),
    "audit:read": N_("read the log"),
    "audit:export": N_("exported a period of the log"),
    "audit:erase": N_("erased contents of the log"),
    "key:make": N_("made a key"),
    "key:seal": N_("sealed values with another key"),
    "key:retire": N_("a key was forgotten"),
}

HOW_TEXT: dict[tuple[str, str], str] = {
    ("request:approve", "glass"): N_("opened footage at once, before anybody decided (break-glass)"),
    ("request:approve", "rule"): N_("was granted it by a rule of the unit"),
}
"""Acts that are another thing by how they were decided: nobody approved, least of all who asked."""
ONLY_TEXT = {
    "actor": N_("Who"),
    "action": N_("What"),
    "object": N_("Of what"),
    "camera": N_("Camera"),
    "unit": N_("Unit of the role"),
    "refused": N_("everything that was refused"),
}
"""What reading the log was narrowed down by."""

KINDS: tuple[tuple[str, str], ...] = (
    ("refused", N_("everything that was refused")),
    ("clip", N_("clips")),
    ("frame", N_("single pictures")),
    ("footage", N_("footage without a grant")),
    ("request", N_("requests")),
    ("hold_order", N_("holds")),
    ("owner", N_("owners of cameras")),
    ("camera", N_("cameras")),
    ("unit", N_("units")),
    ("rules", N_("rules")),
    ("person", N_("accounts")),
    ("role", N_("roles")),
    ("sign_in", N_("signing in")),
    ("token", N_("tokens")),
    ("subject", N_("data subjects")),
    ("recording", N_("recording")),
    ("retention", N_("deletions by age or space")),
    ("audit", N_("the log itself")),
)
"""Kinds of acts that one may look for: the first word of their names, and one for all that was refused."""
REGISTRY = (
    *("camera:add", "camera:edit", "camera:import", "photo:add"),
    *("unit:import", "unit:succeed", "unit:split", "unit:telephone", "rules:set"),
)
"""Acts that change the register."""
ROLES = ("role:give", "role:end")
"""Acts that change who may what, which stand beside those."""
