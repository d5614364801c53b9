"""Reads the house's plan out of the CMakeLists.txt files: which folder is which target, and what each may use."""

import os
import re
from dataclasses import dataclass, field

from sources import read

_CALL = re.compile(r"\b(edge_library|edge_program|edge_fuzz_target|add_library|add_executable|target_link_libraries)\s*\(([^)]*)\)", re.S)
_KEYWORDS = ("SOURCES", "DEPENDS", "EXTERNAL")
_IGNORED = ("STATIC", "INTERFACE", "PUBLIC", "PRIVATE", "OBJECT", "ALIAS", "IMPORTED", "SHARED")


@dataclass
class Target:
    name: str
    folder: str
    sources: set = field(default_factory=set)
    depends: set = field(default_factory=set)
    external: set = field(default_factory=set)


def _read_call(kind, words, folder, targets):
    name, rest = words[0], words[1:]
    if "$" in name:
        return
    if kind in ("edge_library", "edge_program", "edge_fuzz_target"):
        target = targets.setdefault(name, Target(name, folder))
        section = None
        for word in rest:
            if word in _KEYWORDS:
                section = word
            elif section == "SOURCES":
                target.sources.add(os.path.normpath(os.path.join(folder, word)))
            elif section == "DEPENDS":
                target.depends.add(word)
            elif section == "EXTERNAL":
                target.external.add(word)
    elif kind in ("add_library", "add_executable"):
        if "IMPORTED" not in rest:
            target = targets.setdefault(name, Target(name, folder))
            target.sources |= {os.path.normpath(os.path.join(folder, w)) for w in rest if w not in _IGNORED and "$" not in w}
    elif name in targets:
        targets[name].depends |= {word for word in rest if word not in _IGNORED and "::" not in word}


def read_targets(top, files):
    """All targets of the tree by name. Tests are not in it: they may look at what they test."""
    targets = {}
    for path in files:
        if os.path.basename(path) != "CMakeLists.txt" or path.startswith(("tests/", "cmake/")):
            continue
        text = re.sub(r"#[^\n]*", "", read(top, path))
        for kind, arguments in _CALL.findall(text):
            words = arguments.split()
            if words:
                _read_call(kind, words, os.path.dirname(path), targets)
    return {name: target for name, target in targets.items() if target.folder}


def closure(targets, name):
    """The target and all that it may use: edge_library links PUBLIC, so an arrow carries on."""
    seen, todo = set(), [name]
    while todo:
        current = todo.pop()
        if current not in seen and current in targets:
            seen.add(current)
            todo += targets[current].depends
    return seen


def find_cycle(targets):
    """One circle of arrows as a list of names, or None."""
    done = set()

    def visit(name, trail):
        if name in trail:
            return trail[trail.index(name):] + [name]
        if name in done or name not in targets:
            return None
        for other in sorted(targets[name].depends):
            circle = visit(other, trail + [name])
            if circle:
                return circle
        done.add(name)
        return None

    for name in sorted(targets):
        circle = visit(name, [])
        if circle:
            return circle
    return None
