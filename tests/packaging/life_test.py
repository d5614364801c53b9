#!/usr/bin/python3
"""The packages in a Debian of their own: install, first start, upgrade, a store that is newer than the program, remove, install again, purge.

The packages are made of this build's programs; the Debian is made by mmdebstrap and kept in build/ for the next run."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import ssl
import stat
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("EDGE_RELAY_BIN", TREE / "build/dev/bin"))
CACHE = BIN.parent / "package-chroot"
sys.path.insert(0, str(TREE / "tests/system"))

from edge_relay_harness.process import Program  # noqa: E402

PACKAGES = ("edge-relay", "edge-relay-console", "edge-bridge")
LEAVE_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


def run(*command: str | Path, check: bool = True, **more) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=600, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def make_packages(version: str, output: Path) -> list[Path]:
    run(TREE / "tools/package", "--programs", BIN, "--version", version, "--output", output, *([] if version == "1.0" else ["--no-lint"]))
    return [output / f"{name}_{version}_{run('dpkg', '--print-architecture').strip()}.deb" for name in PACKAGES]


def debian_with(packages: list[Path]) -> Path:
    """A tar of a small Debian with what the packages depend on, without them."""
    depends = set()
    for package in packages:
        for part in run("dpkg-deb", "-f", package, "Depends").strip().split(","):
            name = re.match(r"[a-z0-9+.-]+", part.strip()).group()
            if name != "edge-relay":
                depends.add(name)
    sources = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages").splitlines()
    codename = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.M).group(1)
    sources = sorted({line for line in sources if re.search(rf" {codename}(-updates|-security)? main$", line)})
    mark = hashlib.sha256(repr((sorted(depends), sources)).encode()).hexdigest()[:16]
    tar = CACHE / f"{mark}.tar"
    if not tar.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = tar.with_suffix(f".{os.getpid()}")
        run("mmdebstrap", "--variant=apt", "--format=tar", f"--include={','.join(sorted(depends))}",
            "--aptopt=APT::Install-Recommends \"false\"", *(f"--dpkgopt=path-exclude={path}" for path in LEAVE_OUT),
            codename, fresh, "-", input="\n".join(sources))
        fresh.rename(tar)
    return tar


class Life(unittest.TestCase):
    """One machine, from its first package to its last."""

    first: list[Path]  # version 1.0
    second: list[Path]  # version 1.1

    @classmethod
    def setUpClass(cls) -> None:
        if os.geteuid() != 0:
            print("SKIPPED: installing packages in a chroot needs root")
            raise unittest.SkipTest("needs root")
        for tool in ("mmdebstrap", "dpkg-buildpackage", "lintian"):
            if shutil.which(tool) is None:
                raise AssertionError(f"{tool} is missing; run tools/setup")
        folder = Path(tempfile.mkdtemp(prefix="edge-relay-packages-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.first = make_packages("1.0", folder)
        cls.second = make_packages("1.1", folder)

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="edge-relay-package-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.root = self.folder / "root"
        self.root.mkdir()
        run("tar", "-xf", debian_with(self.first), "-C", self.root, "--exclude=./dev/*")
        (self.root / "proc").mkdir(exist_ok=True)
        run("mount", "-t", "proc", "proc", self.root / "proc")
        self.addCleanup(run, "umount", self.root / "proc", check=False)
        for name, numbers in (("null", (1, 3)), ("urandom", (1, 9)), ("random", (1, 8))):
            node = self.root / "dev" / name
            node.unlink(missing_ok=True)
            os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(*numbers))
            node.chmod(0o666)
        (self.root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (self.root / "usr/sbin/policy-rc.d").chmod(0o755)

    # ---- inside

    def inside(self, *command: str | Path, check: bool = True, user: str | None = None) -> str:
        who = [f"--userspec={user}:{user}"] if user else []
        return run("chroot", *who, self.root, *command, check=check,
                   env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C"})

    def install(self, packages: list[Path]) -> str:
        for package in packages:
            shutil.copy(package, self.root / "tmp")
        return self.inside("dpkg", "-i", *(f"/tmp/{package.name}" for package in packages))

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def mode_and_owner(self, name: str) -> tuple[str, str]:
        return tuple(self.inside("stat", "-c", "%a %U:%G", name).split())

    def start(self, name: str = "edge-relayd", user: str = "edge-relay") -> Program:
        # The service manager's part: /run/USER, the user.
        run_folder = self.path(f"/run/{user}")
        run_folder.mkdir(exist_ok=True)
        self.inside("chown", f"{user}:{user}", f"/run/{user}")
        program = Program(name, ["chroot", f"--userspec={user}:{user}", self.root, f"/usr/sbin/{name}"])
        self.addCleanup(program.kill)
        return program

    def stop(self, program: Program) -> None:
        program.signal(signal.SIGTERM)
        self.assertEqual(0, program.wait(30), program.tail())

    def relayctl(self, *words: str) -> str:
        return self.inside("/usr/bin/relayctl", *words)

    def ask(self, port: str, method: str, path: str, key: str, body: dict | None = None) -> dict:
        """HTTPS, trusting the box's own certificate and nothing else."""
        context = ssl.create_default_context(cafile=str(self.path("/var/lib/edge-relay/tls/certificate.pem")))
        request = urllib.request.Request(f"https://localhost:{port}{path}", method=method, data=json.dumps(body).encode() if body else None,
                                         headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return json.load(answer)

    # ---- the stories

    def test_life_of_a_box(self) -> None:
        self.install(self.first[:2])
        self.check_installed()
        self.give_it_a_free_port()
        program = self.start()
        port = program.wait_for_line(r'listening.*?address="?[\d.]+:(\d+)', 60).group(1)
        program.wait_for_line(r"\bready\b", 60)
        self.check_certificate(program)
        key = re.search(r"er_[\w.-]+|[\w-]{40,}", self.relayctl("key", "add", "panel")).group(0)
        message = self.ask(port, "POST", "/v1/messages", key, {"to": "+358401234567", "text": "before the upgrade"})
        self.stop(program)

        settings = self.path("/etc/edge-relay/relay.toml").read_text()
        certificate = self.path("/var/lib/edge-relay/tls/certificate.pem").read_bytes()
        # Up, and down again: both read one schema.
        for packages in (self.second[:2], self.first[:2]):
            self.install(packages)
            self.assertEqual(settings, self.path("/etc/edge-relay/relay.toml").read_text(), "another version keeps the settings")
            program = self.start()
            port = program.wait_for_line(r'listening.*?address="?[\d.]+:(\d+)', 60).group(1)
            program.wait_for_line(r"\bready\b", 60)
            self.assertEqual("queued", self.ask(port, "GET", f"/v1/messages/{message['id']}", key)["state"])
            self.assertEqual(certificate, self.path("/var/lib/edge-relay/tls/certificate.pem").read_bytes(), "and the certificate")
            self.stop(program)

        self.check_that_a_newer_store_is_refused()
        self.inside("dpkg", "--remove", "edge-relay-console", "edge-relay")
        self.assertFalse(self.path("/usr/sbin/edge-relayd").exists())
        self.assertTrue(self.path("/etc/edge-relay/relay.toml").exists(), "removing keeps the settings")
        self.assertTrue(self.path("/var/lib/edge-relay/outbox.db").exists(), "and the messages")

        self.install(self.second[:2])
        self.assertEqual(settings, self.path("/etc/edge-relay/relay.toml").read_text())
        self.inside("dpkg", "--purge", "edge-relay-console", "edge-relay")
        for name in ("/etc/edge-relay", "/var/lib/edge-relay", "/usr/share/edge-relay", "/usr/bin/relayctl"):
            self.assertFalse(self.path(name).exists(), f"purging leaves {name}")
        self.assertEqual("", self.inside("dpkg", "--audit"))

    def test_life_of_a_bridge(self) -> None:
        self.install(self.first[2:])
        self.assertEqual(("750", "root:edge-bridge"), self.mode_and_owner("/etc/edge-bridge"))
        for name in ("bridge.toml", "master.key"):
            self.assertEqual(("640", "root:edge-bridge"), self.mode_and_owner(f"/etc/edge-bridge/{name}"))
        self.assertEqual(("700", "edge-bridge:edge-bridge"), self.mode_and_owner("/var/lib/edge-bridge"))
        self.assertTrue(self.path("/etc/systemd/system/multi-user.target.wants/edge-bridged.service").is_symlink())
        key = self.path("/etc/edge-bridge/master.key").read_text()
        self.assertRegex(key, r"\A[0-9a-f]{64}\n\Z")
        self.run_bridge("tenant", "add", "acme")

        self.install(self.second[2:])
        self.assertEqual(key, self.path("/etc/edge-bridge/master.key").read_text(), "an upgrade keeps the key")
        self.assertIn("acme", self.run_bridge("tenant", "list"))
        self.inside("dpkg", "--remove", "edge-bridge")
        self.assertTrue(self.path("/var/lib/edge-bridge/bridge.db").exists(), "removing keeps the store")
        self.install(self.second[2:])
        self.assertIn("acme", self.run_bridge("tenant", "list"))
        self.inside("dpkg", "--purge", "edge-bridge")
        for name in ("/etc/edge-bridge", "/var/lib/edge-bridge", "/usr/share/edge-bridge", "/usr/bin/edge-bridgectl"):
            self.assertFalse(self.path(name).exists(), f"purging leaves {name}")
        self.assertEqual("", self.inside("dpkg", "--audit"))

    def run_bridge(self, *words: str) -> str:
        """One run of the daemon as it is installed, and one command of its operator."""
        path = self.path("/etc/edge-bridge/bridge.toml")
        path.write_text(path.read_text().replace("127.0.0.1:8443", "127.0.0.1:0"))
        program = self.start("edge-bridged", "edge-bridge")
        program.wait_for_line(r"\bready\b", 60)
        said = self.inside("/usr/bin/edge-bridgectl", *words)
        self.stop(program)
        return said

    def check_installed(self) -> None:
        self.assertIn("edge-relay", self.inside("getent", "passwd", "edge-relay"))
        self.assertIn("dialout", self.inside("id", "-nG", "edge-relay"))
        self.assertEqual(("770", "root:edge-relay"), self.mode_and_owner("/etc/edge-relay"))
        self.assertEqual(("660", "root:edge-relay"), self.mode_and_owner("/etc/edge-relay/relay.toml"))
        self.assertEqual(("700", "edge-relay:edge-relay"), self.mode_and_owner("/var/lib/edge-relay"))
        for name in ("/lib/systemd/system/edge-relayd.service", "/lib/systemd/system/edge-relay-console@.service",
                     "/lib/udev/rules.d/60-edge-relay-modem.rules", "/usr/lib/sysusers.d/edge-relay.conf", "/usr/lib/tmpfiles.d/edge-relay.conf",
                     "/usr/share/polkit-1/rules.d/edge-relay.rules", "/usr/share/bash-completion/completions/relayctl"):
            self.assertTrue(self.path(name).exists(), f"{name} is not installed")
        enabled = self.path("/etc/systemd/system/multi-user.target.wants/edge-relayd.service")
        self.assertTrue(enabled.is_symlink(), "the daemon starts at boot")
        self.assertFalse(any(self.path("/etc/systemd/system").rglob("edge-relay-console*")), "a technician chooses the console's line")
        unpacked = self.folder / "unpacked"
        run("dpkg-deb", "--extract", self.first[0], unpacked)
        listing = json.loads((unpacked / "usr/share/doc/edge-relay/sbom.cdx.json").read_text())
        names = {one["name"] for one in listing["components"]}
        self.assertEqual("CycloneDX", listing["bomFormat"])
        for name in ("libmbedtls14", "libsqlite3-0", "libcurl4", "libasio-dev"):
            self.assertIn(name, names)

    def give_it_a_free_port(self) -> None:
        path = self.path("/etc/edge-relay/relay.toml")
        text = path.read_text()
        self.assertIn('address = "0.0.0.0:8443"', text)
        path.write_text(text.replace("0.0.0.0:8443", "127.0.0.1:0"))

    def check_certificate(self, program: Program) -> None:
        fingerprint = program.wait_for_line(r"((?:[0-9A-F]{2}:){31}[0-9A-F]{2})", 10).group(1)
        self.assertIn(fingerprint, self.relayctl("show", "status"))
        self.assertEqual(("600", "edge-relay:edge-relay"), self.mode_and_owner("/var/lib/edge-relay/tls/key.pem"))
        said = run("openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", self.path("/var/lib/edge-relay/tls/certificate.pem"))
        self.assertIn(fingerprint, said)

    def check_that_a_newer_store_is_refused(self) -> None:
        """What a downgrade meets: the older program says so and changes nothing."""
        store = self.path("/var/lib/edge-relay/outbox.db")
        with contextlib.closing(sqlite3.connect(store)) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute(f"PRAGMA user_version = {version + 1}")
            database.commit()
        program = self.start()
        self.assertNotEqual(0, program.wait(30))
        program.wait_for_line(r"written by a newer release", 1)
        with contextlib.closing(sqlite3.connect(store)) as database:
            self.assertEqual(version + 1, database.execute("PRAGMA user_version").fetchone()[0], "and leaves it as it is")
            database.execute(f"PRAGMA user_version = {version}")
            database.commit()


if __name__ == "__main__":
    unittest.main()
