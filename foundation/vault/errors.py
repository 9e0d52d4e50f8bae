"""What can be wrong with keys and with what they seal. No field ever carries a key, nor what was sealed."""

from foundation.errors import N_, Conflict, Corrupt, NotFound, Unavailable


class KeyUnusable(Unavailable):
    code = "key_unusable"
    message = N_("The key file {path} cannot be used: {why}")
    mend = N_("Restore the key from its backup; without it the credentials of cameras have to be entered again")


class KeyCommandFailed(Unavailable):
    code = "key_command_failed"
    message = N_("The program of MATPHO_KEY_COMMAND failed: {why}")
    mend = N_("Run it by hand; what it is asked and must answer is in docs/ref/key-command.md")


class KeyAnswerBad(KeyCommandFailed):
    """It ran, and what it answered is not what the protocol asks for."""

    code = "key_answer_bad"
    message = N_("The program of MATPHO_KEY_COMMAND gave an answer that cannot be used: {why}")


class SealBroken(Corrupt):
    code = "seal_broken"
    message = N_("Sealed credentials cannot be opened with this key")
    mend = N_("Restore the key that sealed them from its backup, or enter the credentials again")


class KeyUnknown(NotFound):
    code = "key_unknown"
    message = N_("There is no key “{key}”")
    mend = N_("`matpho keys list` names those there are")


class KeyIsCurrent(Conflict):
    code = "key_is_current"
    message = N_("New secrets are sealed with the key “{key}”")
    mend = N_("Run `matpho keys rotate` first")


class KeyInUse(Conflict):
    code = "key_in_use"
    message = N_("{count} sealed values still need the key “{key}”")
    mend = N_("Run `matpho keys rotate`; what it says cannot be opened has to be entered again")
