"""The last words: the books as a table, and what to try next."""

from __future__ import annotations

from edge_relay_harness.audit import Books

from .world import World


def table(books: Books) -> str:
    """The books for a person."""
    rows = [
        ("submitted", f"{books.submitted:>5}  answered with 202 and an id"),
        *((f"  by {name}", f"{count:>5}  accepted") for name, count in sorted(books.accepted_by.items())),
        *((f"  {name}", f"{count:>5}  as the API says now") for name, count in sorted(books.states.items())),
        ("lost", f"{len(books.lost):>5}"),
        ("sent twice", f"{len(books.explained_copies):>5}  each after an attempt whose outcome could not be known"),
        ("broken promises", f"{len(books.violations):>5}"),
    ]
    lines = [f"{name:<16}{value}" for name, value in rows]
    details = [f"  {word}" for word in books.lost + books.violations + books.explained_copies]
    verdict = "Nothing lost, nothing doubled without a reason." if books.is_clean else "The contract was BROKEN."
    return "\n".join([*lines, *details, "", verdict])


def things_to_try(world: World) -> str:
    """Commands for a running demo."""
    api = world.box.api
    base, header = f"http://127.0.0.1:{api.port}", f'-H "Authorization: Bearer {api.key}"'
    control = f"http://127.0.0.1:{world.clouds.control_port}"
    body = """'{"to": "+15551230001", "text": "hello", "class": "alarm"}'"""
    return "\n".join(
        [
            "",
            "It keeps running until Ctrl-C. Try, in another terminal:",
            f"  curl {header} {base}/v1/messages -d {body}",
            f"  curl {header} '{base}/v1/messages?limit=5'",
            f"  curl {base}/health/messaging",
            f"  curl -X POST {control}/down        # cut the internet; /up restores it",
            f"  curl {control}/accepted            # what the clouds accepted",
            f"Settings and store: {world.box.directory}   Modem and clouds: {world.directory}",
        ]
    )
