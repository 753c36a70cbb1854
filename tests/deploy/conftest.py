"""The real nginx and the real Caddy with our configuration, each on ports of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_builder.content import Content
from tests.deploy.fronts import NAME, Front, make_front, program, running, set_up

FRAME = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/log/start.log crit; worker_processes 1; {user}
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types; default_type application/octet-stream;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  include {folder}/app/deploy/nginx/forms.conf;
}}
"""


@pytest.fixture(scope="module")
def nginx(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Run nginx as on a server, with quicker clocks; no service runs behind it yet."""
    made = make_front(tmp_path_factory.mktemp("nginx"), content)
    folder = made.folder
    set_up(
        made,
        "nginx/*.conf",
        {
            "@NAME@": NAME,
            "/srv/forms/app": str(folder / "app"),
            "/etc/forms/tls": str(folder / "tls"),
            "/var/log/forms-web": str(folder / "log"),
            "127.0.0.1:8000": f"127.0.0.1:{made.service_port}",
            "listen [::]": "#",
            "listen 80": f"listen 127.0.0.1:{made.plain_port}",
            "listen 443": f"listen 127.0.0.1:{made.port}",
            "client_header_timeout 15s": "client_header_timeout 1s",
            "client_body_timeout 30s": "client_body_timeout 1s",
        },
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder, user=user), "utf-8")
    command: list[str | Path] = [program("nginx", "nginx-light"), "-p", folder, "-c", folder / "nginx.conf"]
    with running(command, made.port, folder / "said"):
        yield made


@pytest.fixture(scope="module")
def caddy(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Run Caddy as on a server; no service runs behind it yet."""
    made = make_front(tmp_path_factory.mktemp("caddy"), content)
    folder = made.folder
    set_up(
        made,
        "caddy/*",
        {
            "/srv/forms/app": str(folder / "app"),
            "/etc/forms/tls": str(folder / "tls"),
            "/var/log/forms-web": str(folder / "log"),
            "127.0.0.1:8000": f"127.0.0.1:{made.service_port}",
            "\tservers {": f"\tadmin off\n\thttp_port {made.plain_port}\n\thttps_port {made.port}\n\tservers {{",
            "read_header 15s": "read_header 1s",
            "read_body 60s": "read_body 1s",
        },
    )
    command: list[str | Path] = [
        program("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", folder / "app/deploy/caddy/Caddyfile",
    ]  # fmt: skip
    own = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "FORMS_NAME": made.address}
    with running(command, made.port, folder / "log/said.log", env=os.environ | own):
        yield made
