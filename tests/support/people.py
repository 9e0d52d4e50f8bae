"""People of a house, made the way the command line makes them, and what they sign in with."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people import accounts, links, roles, second_factor, sessions, tokens, totp
from people.passwords import Passwords
from people.rights import Right, Role
from people.signing_in import Attempt, House, SignedIn, bring_code, enrol, sign_in
from people.tables import Person

PASSWORD = "bốn từ dễ nhớ thôi"
PASSWORDS = Passwords(memory_kib=1024)  # what is slow about them is tried once, with the real parameters


@dataclass
class Folk:
    """Makes accounts on a catalogue; `keys` are those of the phones, by name."""

    engine: sa.Engine
    clock: ManualClock
    vault: Vault
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def house(self) -> House:
        return House(self.engine, self.clock, self.vault, PASSWORDS)

    def add(
        self,
        name: str,
        *given: Role,
        unit_id: int | None = None,
        password: str | None = PASSWORD,
        to_us: int | None = None,
    ) -> Person:
        with unit_of_work(self.engine) as session:
            person = accounts.add_person(session, self.clock, COMMAND_LINE, name, name.title())
            for role in given:
                roles.give_role(session, self.clock, COMMAND_LINE, person, role, unit_id, to_us=to_us)
            if password is not None:
                secret = links.make_link(session, self.clock, COMMAND_LINE, person)
                links.use_link(session, self.clock, PASSWORDS, secret, password)
        return person

    def sign_in(
        self, name: str, password: str = PASSWORD, source: str = "10.0.0.1", device: str | None = None
    ) -> SignedIn:
        return sign_in(self.house, Attempt(name, password, source, device))

    def sign_in_fully(self, name: str, source: str = "10.0.0.1") -> SignedIn:
        """Sign in with both factors, enrolling the phone at the first time."""
        first = self.sign_in(name, source=source)
        if first.needs == "enrol":
            with unit_of_work(self.engine) as session:
                found = sessions.find_session(session, self.clock, first.opened.secret)
                assert found is not None
                self.keys[name] = second_factor.offer(session, self.vault, found.person).key
            return enrol(self.house, first.opened.secret, self.code(name), source)[0]
        if first.needs == "code":
            self.clock.advance(totp.STEP_US)  # each code opens once
            return bring_code(self.house, first.opened.secret, self.code(name), source)
        return first

    def code(self, name: str) -> str:
        return totp.code_at(self.keys[name], totp.step_of(self.clock.now_us()))

    def token(self, name: str, *rights: Right, days: int = 30) -> str:
        with unit_of_work(self.engine) as session:
            person = accounts.get_person(session, name)
            scopes = frozenset(rights or Right)
            return tokens.make_token(session, self.clock, COMMAND_LINE, person, "", scopes, days).secret

    def events(self) -> list[str]:
        with unit_of_work(self.engine, writes=False) as session:
            return list(session.execute(sa.text("SELECT action FROM audit_event ORDER BY id")).scalars())

    def stored(self) -> str:
        """Return everything that the catalogue holds, as text: what is secret must not be in it."""
        with unit_of_work(self.engine, writes=False) as session:
            names = sa.inspect(session.connection()).get_table_names()
            return "\n".join(
                str([bytes(c) if isinstance(c, memoryview) else c for c in row])
                for name in names
                for row in session.execute(sa.text(f'SELECT * FROM "{name}"'))
            )
