"""`frappe-lite completion`: what the shell needs to complete commands and flags, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping

from ..values import Given

BASH = """_frappe_lite() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="{commands} --help --version"
  else case "$command" in
{cases}
  esac; fi
  if [[ "$word" == -* || "$COMP_CWORD" -eq 1 ]]; then COMPREPLY=($(compgen -W "$words" -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi
}}
complete -o filenames -F _frappe_lite frappe-lite
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n" + BASH
SHELLS = ("bash", "zsh", "fish")


def commands(command: Callable[..., argparse.ArgumentParser], parsers: Callable[[], Mapping[str, object]]) -> None:
    """Add the command; `parsers` are those of all."""
    text = "Print the lines that teach a shell to complete commands and flags."
    made = command(
        "completion",
        lambda parsed: print(script(parsed.shell, parsers()), end=""),
        text,
        'eval "$(frappe-lite completion bash)"',
    )
    made.add_argument("shell", choices=SHELLS, help="the shell")


def script(shell: str, parsers: Given) -> str:
    """The lines for a shell."""
    flags = {name: list(_flags(parser)) for name, parser in parsers.items()}
    if shell == "fish":
        return "".join(_fish(name, parsers[name].description, flags[name]) for name in flags)
    cases = "\n".join(f'    {name}) words="{" ".join(found)}" ;;' for name, found in flags.items())
    return (ZSH if shell == "zsh" else BASH).format(commands=" ".join(flags), cases=cases)


def _flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if action.help != argparse.SUPPRESS:  # those are for our own processes
            yield from (option for option in action.option_strings if option.startswith("--"))


def _fish(name: str, description: str, flags: list[str]) -> str:
    text = description.partition(".")[0].replace("\\", "\\\\").replace("'", "\\'")
    lines = [f"complete -c frappe-lite -n __fish_use_subcommand -a {name} -d '{text}'"]
    lines += [
        f"complete -c frappe-lite -n '__fish_seen_subcommand_from {name}' -l {flag.removeprefix('--')}"
        for flag in flags
    ]
    return "\n".join(lines) + "\n"
