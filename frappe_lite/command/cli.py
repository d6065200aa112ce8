"""`frappe-lite serve, keys, new-user, set-password, doctypes, routes`: each a few lines over the package.

Parts bring more.
"""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from .. import App, Site, document, part_commands, receiving
from ..access import auth
from ..errors import DoesNotExistError, FrappeError
from ..query import Condition
from ..router import V1_ROUTES, V2_ROUTES, tables
from ..sqlite.database import DatabaseRefused
from ..whitelist import registry
from ..wsgi import stderr_logging
from . import front as cli_front
from . import keys as cli_keys

MAX_HEADERS = 65536
"""Bytes of a request's headers that a server takes; more is refused with 431 or 400."""

MAX_CONNECTIONS = 1000
"""Clients that waitress has open at once; its own 100 are soon taken by those who send nothing."""

IDLE_SECONDS = 60
"""After which waitress closes a connection on which nothing moves."""

THREADS = receiving.PLACES + 32
"""Threads of a granian process: one for each body that is being received, and some that answer.

How many work at once is `receiving.SLOTS`.
"""

GRACE_SECONDS = 30
"""How long granian waits for requests in flight when it is told to end."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed) or 0)
    except (DatabaseRefused, FrappeError, OSError) as error:
        print(f"frappe-lite: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="frappe-lite", description="The Frappe REST contract in one process and one file."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Any], Any], text: str, example: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=f"example: {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.add_argument("--database", default="site.db", help="the site's SQLite file (default: site.db)")
        made.add_argument(
            "--app", action="append", default=[], metavar="FOLDER", help="load an app from its folder; may be repeated"
        )
        made.set_defaults(run=run)
        return made

    serve_ = command("serve", serve, "Serve a site over HTTP.", "frappe-lite serve --app apps/shop --port 8000")
    serve_.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve_.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    serve_.add_argument("--workers", type=int, default=1, help="processes, with granian (default: 1)")
    serve_.add_argument(
        "--server",
        choices=("granian", "waitress"),
        help="WSGI server (default: granian if it is installed and no --proxy is named)",
    )
    serve_.add_argument(
        "--checkpoint",
        choices=("own", "external"),
        default="own",
        help="external: another program moves the log into the file, such as litestream",
    )
    serve_.add_argument(
        "--synchronous",
        choices=("full", "normal"),
        default="full",
        help="full: an answered write survives power loss (default)",
    )
    serve_.add_argument(
        "--created-status",
        type=int,
        choices=(200, 201),
        default=201,
        help="status of a create: 201 as specified, 200 as a full Frappe",
    )
    cli_front.add_arguments(serve_)
    serve_.add_argument("--dev", action="store_true", help="reload on changes, a line per request, traces in answers")
    text = "List, make and revoke API keys. Of one that is made, the last line is API_KEY:API_SECRET."
    cli_keys.add_arguments(
        command("keys", keys, text, "frappe-lite keys ann@example.com --label backup --scopes Task:read")
    )
    user_ = command(
        "new-user", new_user, "Make a user with roles.", "frappe-lite new-user ann@example.com --role 'System Manager'"
    )
    user_.add_argument("user", metavar="EMAIL")
    user_.add_argument("--role", action="append", default=[])
    user_.add_argument("--password", help="else FRAPPE_LITE_PASSWORD; none if neither is given")
    password_ = command(
        "set-password",
        set_password,
        "Set a user's password, from FRAPPE_LITE_PASSWORD or the terminal.",
        "frappe-lite set-password Administrator",
    )
    password_.add_argument("user")
    command("doctypes", doctypes, "List the site's DocTypes.", "frappe-lite doctypes --app apps/shop")
    command("routes", routes, "List the API's routes and whitelisted methods.", "frappe-lite routes")
    openapi_ = command(
        "openapi",
        openapi,
        "Write the site's OpenAPI description to standard output.",
        "frappe-lite openapi --app apps/shop > openapi.json",
    )
    openapi_.add_argument(
        "--user", default="Administrator", help="describe what this user may see (default: Administrator)"
    )
    part_commands(command)
    return parser


def open_site(parsed: Any, **settings: Any) -> Site:
    """The site that a command is about, its apps loaded."""
    site = Site(parsed.database, **settings)
    for folder in parsed.app:
        site.load(folder)
    return site


# --- serve -----------------------------------------------------------------------------------------------


def serve(parsed: Any) -> int:
    """Serve until SIGTERM or Ctrl+C; what is in flight is finished, the file checkpointed."""
    stderr_logging()
    cli_front.to_environment(parsed)
    served = cli_front.from_environment()
    site = open_site(
        parsed,
        synchronous=parsed.synchronous,
        created_status=parsed.created_status,
        checkpoint=parsed.checkpoint,
        **served,
    )
    made = auth.first_password(site, cli_front.take_secret("FRAPPE_LITE_ADMIN_PASSWORD"))
    address = f"http://{parsed.host}:{parsed.port}"
    if made:
        print(f"Administrator's password, shown this once: {made}")
    if parsed.dev:
        with site.acting() as ctx:
            document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"allow_error_traceback": 1})
    print(f"Serving {parsed.database} on {address}", flush=True)
    print(f"Try: curl {address}/api/method/ping", flush=True)
    runner = _serve_dev if parsed.dev else _serve_granian if _has_granian(parsed) else _serve_waitress
    try:
        runner(parsed, site)
    finally:
        site.close()
    return 0


def _has_granian(parsed: Any) -> bool:
    if parsed.server == "waitress":
        if parsed.workers > 1:
            raise SystemExit("frappe-lite: waitress is one process; several workers need granian")
        return False
    if cli_front.prefers_waitress(parsed):
        return False
    try:
        import granian  # noqa: F401
    except ImportError:
        if parsed.workers > 1 or parsed.server:
            raise SystemExit(
                "frappe-lite: granian is not installed, and several workers need it: pip install 'frappe_lite[speed]'"
            ) from None
        return False
    return True


def _serve_dev(parsed: Any, site: Site) -> None:
    from werkzeug.serving import WSGIRequestHandler, run_simple

    class Handler(WSGIRequestHandler):
        timeout = receiving.SECONDS  # of silence; a server for one developer needs no more

    if os.environ.get("WERKZEUG_RUN_MAIN"):  # else this process only watches the files
        site.start()
    run_simple(parsed.host, parsed.port, App(site), use_reloader=True, threaded=True, request_handler=Handler)


def _serve_waitress(parsed: Any, site: Site) -> None:
    import waitress
    from waitress.utilities import BadRequest

    class RequestTimeout(BadRequest):  # type: ignore[misc]
        code, reason = 408, "Request Timeout"

    connections: dict[int, Any] = {}
    server = waitress.create_server(
        App(site),
        map=connections,
        host=parsed.host,
        port=parsed.port,
        threads=8,
        ident="frappe_lite",
        max_request_body_size=site.max_body + 1_000_000,
        clear_untrusted_proxy_headers=not site.proxies,  # parts.front judges them
        max_request_header_size=MAX_HEADERS,
        connection_limit=MAX_CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        asyncore_use_poll=True,  # select() knows no more than 1024 descriptors
    )
    for each in [
        each for each in connections.values() if hasattr(each, "channel_class")
    ]:  # a name may have an address of each kind
        each.channel_class = receiving.with_deadline(each.channel_class, RequestTimeout)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(SystemExit(0)))
    site.start()
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()


def _serve_granian(parsed: Any, site: Site) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    site.database.close()
    os.environ["FRAPPE_LITE_SERVE"] = "\x1f".join(
        [parsed.database, parsed.synchronous, parsed.checkpoint, str(parsed.created_status), *parsed.app]
    )
    headers = HTTP1Settings(max_buffer_size=MAX_HEADERS)
    server = Granian(
        "frappe_lite.command.serving:application", address=parsed.host, port=parsed.port, interface=Interfaces.WSGI, workers=parsed.workers,
        blocking_threads=THREADS, log_access=False, http1_settings=headers,
        respawn_failed_workers=True, respawn_interval=0.5, workers_kill_timeout=GRACE_SECONDS,
    )  # fmt: skip
    server.serve()


# --- users and keys --------------------------------------------------------------------------------------


def keys(parsed: Any) -> None:
    """List, make or revoke keys."""
    site = open_site(parsed)
    try:
        cli_keys.run(site, parsed)
    finally:
        site.close()


def new_user(parsed: Any) -> None:
    """Make a user."""
    site = open_site(parsed)
    with site.acting() as ctx:
        values = {
            "doctype": "User",
            "email": parsed.user,
            "first_name": parsed.user.partition("@")[0],
            "roles": [{"role": role} for role in parsed.role],
        }
        known = cli_front.take_secret("FRAPPE_LITE_PASSWORD")
        password = parsed.password or known
        document.new(ctx, {**values, "new_password": password} if password else values).insert()
    site.close()
    print(f"{parsed.user} was made. frappe-lite keys {parsed.user} gives it an API key.")


def set_password(parsed: Any) -> None:
    """Set a password."""
    site = open_site(parsed)
    password = cli_front.take_secret("FRAPPE_LITE_PASSWORD") or getpass.getpass(f"New password for {parsed.user}: ")
    with site.acting() as ctx:
        if ctx.user_info(parsed.user) is None:
            raise DoesNotExistError(f"there is no user {parsed.user}")
        auth.set_password(ctx, parsed.user, password)
    site.close()
    print(f"The password of {parsed.user} is set; other sessions have ended.")


# --- looking around --------------------------------------------------------------------------------------


def doctypes(parsed: Any) -> None:
    """List DocTypes."""
    site = open_site(parsed)
    with site.acting() as ctx:
        for row in ctx.store.find(
            ctx.meta("DocType"), Condition(), ("module", "name", "istable", "issingle"), order="module, name"
        ):
            kind = "child table" if row["istable"] else "Single" if row["issingle"] else ""
            print(f"{row['module']:16} {row['name']:32} {kind}".rstrip())
    site.close()


def routes(parsed: Any) -> None:
    """List routes and methods."""
    site = open_site(parsed)
    for prefix, table in (("/api/", V1_ROUTES), ("/api/v2/", V2_ROUTES)):
        for verbs, path, handler in table:
            print(f"{verbs:16} {prefix}{path:48} {(handler.__doc__ or '').partition(chr(10))[0]}")
    for name in sorted(registry):
        if site.method(name) is not None:
            print(f"{'*':16} /api/method/{name}")
    site.close()


def openapi(parsed: Any) -> None:
    """Write what GET /api/v2/openapi.json answers."""
    site = open_site(parsed)
    with site.acting(parsed.user) as ctx:
        if ctx.user_info(parsed.user) is None:
            raise DoesNotExistError(f"there is no user {parsed.user}")
        handler, names = tables(site)[2].match("GET", "openapi.json")
        print(handler(ctx, **names).value.get_data(as_text=True))
    site.close()


if __name__ == "__main__":
    raise SystemExit(main())
