"""A web server with our configuration, on free ports and in a folder of its own, before the real service."""

import base64
import datetime
import hashlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from site_builder.assets import write_assets
from site_builder.content import Content
from site_builder.stand_ins import write_stand_ins
from tests.serving import Desk, Serving

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "localhost"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Front:
    """The folder that stands for a server's disk, the web server's ports, and the service's desk."""

    folder: Path
    desk: Desk
    port: int = field(default_factory=lambda: free_port())
    plain_port: int = field(default_factory=lambda: free_port())
    service_port: int = field(default_factory=lambda: free_port())

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"https://{NAME}:{self.port}"

    def ask(self, method: str, path: str, body: bytes = b"", come_from: str = "127.0.0.1", **headers: str) -> Answer:
        """Send one request over HTTPS, from an address of this machine."""
        trusted = ssl.create_default_context(cafile=self.folder / "tls/cert.pem")
        line = http.client.HTTPSConnection(
            NAME, self.port, timeout=30, context=trusted, source_address=(come_from, 0)
        )  # fmt: skip
        try:
            line.request(method, path, body, {"Host": f"{NAME}:{self.port}"} | headers)
            answer = line.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))
        finally:
            line.close()

    @contextmanager
    def serving(self) -> Iterator[Serving]:
        """Run the service behind the web server until the end of the block."""
        site = str(self.folder / "app/build/site")
        with self.desk.serving("--port", str(self.service_port), "--site", site) as running:
            yield running

    def fingerprint(self) -> str:
        """The certificate's key as a browser names it: SHA-256 of its public half."""
        found = x509.load_pem_x509_certificate((self.folder / "tls/cert.pem").read_bytes()).public_key()
        public = found.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(public).digest()).decode()

    def told_by_service(self, words: str) -> str:
        """The service's log, as soon as `words` are in it; it is written after the answer has gone."""
        return _soon(lambda: (self.desk.folder / "serve.log").read_text("utf-8"), words)

    def accesses(self, words: str) -> list[dict[str, Any]]:
        """The web server's access log, as soon as `words` are in it."""
        text = _soon(lambda: (self.folder / "log/access.log").read_text("utf-8"), words)
        return [json.loads(line) for line in text.splitlines()]

    def kept(self) -> list[str]:
        """The help requests that are kept, as lines of CSV."""
        return self.desk.run("export", "help_request", "--format", "csv").stdout.splitlines()[1:]

    def logs(self) -> str:
        """Everything that the web server wrote down."""
        return "".join(path.read_text("utf-8") for path in self.folder.glob("log/*.log"))


def make_front(folder: Path, content: Content) -> Front:
    """Return a front with a small site, our deploy/ folder and a certificate; nothing runs yet."""
    folder.chmod(0o755)
    site = folder / "app/build/site"
    for name in ("measures", "leaflets", ".well-known", "q/50"):
        (site / name).mkdir(parents=True)
    (site / "index.html").write_text("<h1>หน้าแรก</h1>", "utf-8")
    (site / "404.html").write_text("<h1>ไม่มีหน้านี้</h1>", "utf-8")
    (site / "measures/index.html").write_text("<h1>ร่างกฎหมาย</h1>", "utf-8")
    (site / "q/50/index.html").write_text("<h1>เชียงใหม่</h1>", "utf-8")
    (site / "leaflets/registration.pdf").write_bytes(b"%PDF-1.7")
    (site / ".well-known/security.txt").write_text("Contact: tel:1506\n", "utf-8")
    write_assets(site / "assets")
    write_stand_ins(content, site)
    (folder / "log").mkdir()
    (folder / "desk").mkdir()
    _certificate(folder / "tls")
    front = Front(folder, Desk(folder / "desk"))
    front.desk.env |= {"FORMS_API_HOSTS": NAME, "FORMS_API_PROXIES": "127.0.0.1"}
    return front


def set_up(front: Front, names: str, changes: dict[str, str]) -> None:
    """Copy what `names` matches of deploy/ into the front's app folder, with `changes` made in each file."""
    for source in sorted(DEPLOY.glob(names)):
        text = source.read_text("utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        target = front.folder / "app/deploy" / source.relative_to(DEPLOY)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


@contextmanager
def running(command: list[str | Path], port: int, said: Path, **more: dict[str, str]) -> Iterator[None]:
    """Run a web server until the end of the block; what it says of itself goes to `said`."""
    with said.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, **more)  # type: ignore[call-overload]
    try:
        until = time.monotonic() + 30
        while not _answers(port):
            assert process.poll() is None, said.read_text("utf-8")
            assert time.monotonic() < until, said.read_text("utf-8")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def program(name: str, package: str) -> str:
    """Return where a web server stands; it must be there."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is missing: run make test, or install Debian's package {package}"
    return found


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def _soon(read: Callable[[], str], words: str) -> str:
    until = time.monotonic() + 20
    while words not in (text := read()) and time.monotonic() < until:
        time.sleep(0.02)
    return text


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _certificate(folder: Path) -> None:
    """Write a certificate for this machine's own name, good for a day."""
    folder.mkdir()
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
