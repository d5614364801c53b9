"""What the lints share: which files are ours, and C++ text without its comments and strings."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass

CPP = (".cpp", ".hpp", ".h", ".cc")
PRODUCT = ("relay/", "firmware/", "bridge/", "hal/")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


def root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def our_files(top):
    """Paths below `top`, with '/', of what git knows or would add; without git, of everything but build folders."""
    command = ["git", "-C", top, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
    else:
        names = []
        for folder, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f not in (".git", "build", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, f), top) for f in files]
    return sorted(n for n in set(names) if n and os.path.isfile(os.path.join(top, n)))


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as file:
        return file.read()


_CPP_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<delimiter>[^(\s]*)\(.*?\)(?P=delimiter)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'',
    re.S)


def code_only(text):
    """The text with comments and the insides of strings blanked, line by line as before. #include lines keep their names."""

    def blank(match):
        token = match.group(0)
        start = text.rfind("\n", 0, match.start()) + 1
        if token.startswith('"') and text[start:match.start()].lstrip().startswith("#include"):
            return token
        if token.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", token)
        return '"' + re.sub(r"[^\n]", " ", token[1:-1]) + '"'

    return _CPP_TOKEN.sub(blank, text)


def report(name, findings, checked):
    """Prints what was found; the exit status of a lint."""
    for finding in findings:
        print(finding)
    if findings:
        print(f"{name}: {len(findings)} refused in {checked} files", file=sys.stderr)
        return 1
    print(f"{name}: {checked} files, nothing to refuse")
    return 0
