"""Questions in the terminal; without one, the missing flag is named instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mig_assist.cli.output import interactive
from mig_assist.errors import Cancelled, WrongUse


def ask_text(
    question: str,
    *,
    flag: str,
    default: str = "",
    validate: Callable[[str], bool | str] = lambda _text: True,
) -> str:
    """A line of text.

    Raises:
        WrongUse: there is no terminal to ask in; names ``flag``.
        Cancelled: the user left the question.
    """
    _require_terminal(flag)
    import questionary

    return str(_answer(questionary.text(question, default=default, validate=validate)))


def ask_choice(
    question: str, choices: Sequence[tuple[str, str]], *, flag: str, default: str | None = None
) -> str:
    """One of several values, each given with its description.

    Raises:
        WrongUse: there is no terminal to ask in; names ``flag``.
        Cancelled: the user left the question.
    """
    _require_terminal(flag)
    import questionary

    options = [
        questionary.Choice(f"{value}  {description}", value=value) for value, description in choices
    ]
    return str(_answer(questionary.select(question, options, default=default)))


def ask_known(question: str, known: Sequence[tuple[str, str]], *, flag: str, strict: bool) -> str:
    """A name, completed from those that are known; empty where it is left open.

    Args:
        known: value and note of each.
        strict: whether nothing else is accepted.

    Raises:
        WrongUse: there is no terminal to ask in; names ``flag``.
        Cancelled: the user left the question.
    """
    _require_terminal(flag)
    import questionary

    names = {value for value, _ in known}
    return str(
        _answer(
            questionary.autocomplete(
                question,
                choices=[value for value, _ in known],
                meta_information=dict(known),
                validate=lambda text: (
                    not strict or not text or text in names or f"There is no {text}."
                ),
            )
        )
    )


def confirm(question: str, *, flag: str = "--yes", default: bool = False) -> bool:
    """A yes or a no; enter says the default.

    Raises:
        WrongUse: there is no terminal to ask in; names ``flag``.
        Cancelled: the user left the question.
    """
    _require_terminal(flag)
    import questionary

    return bool(_answer(questionary.confirm(question, default=default)))


def _require_terminal(flag: str) -> None:
    if not interactive():
        raise WrongUse(
            f"{flag} is missing",
            "It would be asked for, but there is no terminal.",
            f"Give {flag} on the command line.",
        )


def _answer(question: Any) -> Any:
    answer = question.ask(kbi_msg="")
    if answer is None:
        raise Cancelled("Interrupted", "Nothing was written.")
    return answer
