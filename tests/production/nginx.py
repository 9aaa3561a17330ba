"""Reads an nginx configuration as nginx does: words, blocks, comments; enough to hold ours to what it must say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(r"""\s+ | \#[^\n]* | (?P<mark>[{};]) | (?P<word>"[^"]*" | '[^']*' | [^\s{};"']+)""", re.VERBOSE)


class Malformed(Exception):
    """nginx would not start with this file."""


@dataclass
class Directive:
    """One directive: its words, and what stands in its block where it has one."""

    words: tuple[str, ...]
    block: list[Directive] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Directive]:
        """Every directive of that name, at any depth."""
        for one in self.block:
            if one.words[0] == name:
                yield one
            yield from one.all(name)

    def value(self, name: str) -> tuple[str, ...]:
        """The words behind the only directive of that name."""
        (found,) = self.all(name)
        return found.words[1:]


def parse(text: str) -> Directive:
    """The whole file as one block.

    Raises:
        Malformed: a brace or semicolon is missing or too many.
    """
    top = Directive(("main",))
    open_blocks, words = [top], []
    for kind, token in _tokens(text):
        if kind == "word":
            words.append(token.strip("'\""))
        elif token == "}":
            if words or len(open_blocks) == 1:
                raise Malformed(f"unexpected }} after {words}")
            open_blocks.pop()
        else:
            if not words:
                raise Malformed(f"unexpected {token}")
            made = Directive(tuple(words))
            open_blocks[-1].block.append(made)
            words = []
            if token == "{":
                open_blocks.append(made)
    if words or len(open_blocks) > 1:
        raise Malformed(f"the file ends within {words or open_blocks[-1].words}")
    return top


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Malformed(f"cannot read {text[at : at + 20]!r}")
        at = found.end()
        if found.lastgroup:
            yield found.lastgroup, found[found.lastgroup]
