"""How each step of a replay ended. Facts only; the account adds them up."""

from dataclasses import dataclass, field

from ops.replay.journal import Placed
from ops.replay.plan import Purchase, Refusal, TakeBack


@dataclass(frozen=True, slots=True)
class Ordered:
    """The API has this order; ``paid`` when it says that the money is there."""

    purchase: Purchase
    placed: Placed
    paid: bool


@dataclass(frozen=True, slots=True)
class TakenBack:
    """These goods were sent back to their merchant, and their money is with the buyer again."""

    step: TakeBack
    ordered: tuple[Ordered, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The API said no, for good: ``code`` is its slug. A later run gets the same answer."""

    step: Purchase | TakeBack
    code: str
    detail: str

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """One for each line of the invoice."""
        return tuple(Refusal(line, self.code, self.detail) for line in self.step.invoice.lines)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Nobody knows yet: no answer in time, or the run was interrupted. Another run goes on with it."""

    step: Purchase | TakeBack
    why: str


Outcome = Ordered | TakenBack | Refused | Unfinished


@dataclass(slots=True)
class Results:
    """Every outcome so far, by kind, in the order in which they came; grows while the replay runs."""

    ordered: list[Ordered] = field(default_factory=list)
    taken_back: list[TakenBack] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Put it with its kind."""
        match outcome:
            case Ordered():
                self.ordered.append(outcome)
            case TakenBack():
                self.taken_back.append(outcome)
            case Refused():
                self.refused.append(outcome)
            case Unfinished():
                self.unfinished.append(outcome)
