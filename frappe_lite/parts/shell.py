"""The frame of the plain pages that people see: sign in, allow, "not found". HTML and one style, no scripts.

The policy lets in nothing but that style, by its digest; no other site may frame a page. What is written into `body`
is HTML already: who makes it escapes what it was given.

    page("Sign in", "<form …>")   ->   a card in the middle of the window, light or dark as the system is
"""

from __future__ import annotations

import base64
import hashlib
import html

from werkzeug.wrappers import Response

STYLE = """
:root { color-scheme: light dark; --back: light-dark(#f6f7f9, #121418); --surface: light-dark(#fff, #191c21);
  --line: light-dark(#e2e5ea, #2c313a); --edge: light-dark(#8b93a1, #6d7583); --text: light-dark(#1c2129, #e5e8ed);
  --muted: light-dark(#59616e, #9aa3b0); --accent: light-dark(#3550c9, #98a9ff); --fill: light-dark(#3550c9, #4460e0);
  --bad: light-dark(#b3261e, #ff9a92); font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back) }
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; min-block-size: 100dvh; display: grid; place-items: center; padding: 1.5rem 1rem }
main { inline-size: min(24rem, 100%); margin-block-end: 8vh }
main.wide { inline-size: min(32rem, 100%) }
.mark { display: flex; align-items: center; justify-content: center; gap: .625rem; margin-block-end: 1.25rem; font-weight: 600 }
.mark svg, .mark img { block-size: 2rem; inline-size: auto }
.card { padding: 1.75rem; background: var(--surface); border: 1px solid var(--line); border-radius: .875rem;
  box-shadow: 0 .25rem 1.5rem light-dark(#1c212914, #00000059) }
h1 { font-size: 1.25rem; font-weight: 600; letter-spacing: -.01em; margin: 0 0 1rem; overflow-wrap: anywhere }
p { margin: 0 0 1rem; overflow-wrap: anywhere }
ul { margin: 0 0 1rem; padding-inline-start: 1.25rem }
label { display: block; margin-block-end: 1rem; font-size: .875rem; font-weight: 500 }
input { display: block; inline-size: 100%; margin-block-start: .25rem; font: inherit; font-size: 1rem; color: inherit;
  background: var(--surface); border: 1px solid color-mix(in srgb, var(--edge) 60%, var(--line)); border-radius: .5rem;
  padding: .5rem .75rem; min-block-size: 2.75rem }
button, .button { display: inline-flex; align-items: center; justify-content: center; font: inherit; font-weight: 500;
  min-block-size: 2.75rem; padding: 0 1.25rem; border: 1px solid var(--line); border-radius: .5rem; cursor: pointer;
  color: var(--text); background: var(--surface); text-decoration: none; margin-inline-end: .5rem }
.primary, .btn-primary { background: var(--fill); border-color: var(--fill); color: #fff }
.primary:hover, .btn-primary:hover { filter: brightness(1.1) }
.full { inline-size: 100%; margin-inline-end: 0 }
a { color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.note { color: var(--muted); font-size: .875rem; overflow-wrap: anywhere }
.note:last-child, p:last-child, ul:last-child { margin-block-end: 0 }
pre { margin: 0; overflow-x: auto; font-size: .8125rem; color: var(--muted) }
.problem { color: var(--bad); font-size: .9375rem }
.side { text-align: center; margin-block-start: 1rem; font-size: .875rem }
.apps { list-style: none; padding: 0; display: grid; gap: .5rem }
.apps a { display: flex; align-items: center; gap: .75rem; padding: .625rem .75rem; border: 1px solid var(--line);
  border-radius: .5rem; color: inherit; text-decoration: none; font-weight: 500 }
.apps img { block-size: 1.75rem; inline-size: 1.75rem; object-fit: contain }
.apps a:hover { border-color: var(--accent) }
@media (max-width: 30rem) { body { place-items: start center; padding-block-start: 12vh } .card { padding: 1.25rem } }
"""

MARK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#3b5bdb"/>'
    '<path d="M9 10h14M9 16h14M9 22h8" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>'
)

_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>{style}</style></head>
<body><main class="{width}">{above}<div class="card"><h1>{title}</h1>{body}</div>{below}</main></body></html>
"""


def page(
    title: str,
    body: str,
    status: int = 200,
    form_action: str = "",
    *,
    site_title: str = "",
    below: str = "",
    wide: bool = False,
) -> Response:
    """A page; `body` and `below` are HTML already. `form_action` is one more rule of the policy."""
    headers = {"Content-Security-Policy": POLICY + form_action, "X-Frame-Options": "DENY"}
    above = f'<div class="mark">{MARK}<span>{html.escape(site_title)}</span></div>' if site_title else ""
    text = _PAGE.format(
        title=html.escape(title), style=STYLE, body=body, above=above, below=below, width="wide" if wide else ""
    )
    return Response(text, status, headers, mimetype="text/html")


def problem(text: str) -> str:
    """What went wrong, as a line above a form; nothing for nothing."""
    return f'<p class="problem" role="alert">{html.escape(text)}</p>' if text else ""
