"""What texts of people reach: values, and nothing behind them.

The published ways out of such sandboxes, each shut; and no text costs more than it may.

A canary tells: a file that every way to a shell would make, a secret that none may show, and a database that none may
change.
"""

from __future__ import annotations

import datetime
import decimal
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest

import frappe_lite
from conftest import AppSite
from frappe_lite import document
from frappe_lite.errors import PermissionError, ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.templates import budget, rendering, values
from frappe_lite.utils import _dict

REFUSALS = (
    ValidationError,
    PermissionError,
    AttributeError,
    NameError,
    TypeError,
    SyntaxError,
    KeyError,
    ValueError,
    ArithmeticError,
    IndexError,
)
SECRET = "the word that no template may show"
SHELL = "touch canary"


class Thing:
    """An object of an app's, with a way to everything."""

    label = "of the class"

    def __init__(self, site: Any) -> None:
        self.colour, self.site, self._hidden = "red", site, SECRET

    def run(self) -> str:
        """Something that it can do."""
        Path("canary").touch()
        return SECRET


class Office:
    """A site with a document, and what an app would hand to a template."""

    def __init__(self) -> None:
        self.site = AppSite()
        apps.provide_frappe()
        with self.site.acting() as ctx:
            document.new(
                ctx, {"doctype": "User", "email": "ann@x.org", "first_name": "Ann", "roles": [{"role": "Task User"}]}
            ).insert()
            self.task = document.new(
                ctx,
                {"doctype": "Task", "subject": "pack", "points": 3, "checklist": [{"item": "socks"}, {"item": "hat"}]},
            ).insert()
            document.new(ctx, {"doctype": "Private Note", "title": SECRET}).insert(set_name="hers")

    def given(self) -> dict[str, Any]:
        return {
            "doc": self.task, "docs": [self.task], "rows": [{"a": 1, "b": "x"}], "thing": Thing(self.site), "module": types, (
                "kind"
            ): Thing, "call": len, "site": self.site,
            "ctx": self.site.new_context(), "generator": (each for each in (1, 2)), "error": ValueError("x"), "text": (
                "abc"
            ), "now": datetime.datetime(2026, 1, 31, 12, 30),
            "method": Thing(self.site).run.__name__, "frappe_module": frappe_lite, "price": decimal.Decimal("9.50"), (
                "d"
            ): _dict(a=1),
        }  # fmt: skip


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.site.close()


@pytest.fixture
def canary(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever was tried: no shell ran, nothing was written, and the transaction is as it was."""
    monkeypatch.chdir(tmp_path)
    with office.site.acting("ann@x.org"):
        before = office.site.database.connection.sqlite.total_changes
        yield
        assert list(tmp_path.iterdir()) == []
        assert office.site.database.connection.sqlite.total_changes == before


def render(office: Office, text: str) -> str:
    return rendering.render_template(text, office.given())


LEAKS = (SECRET, "<class", "<module", "<bound method", "object at 0x", "root:", "Traceback", "builtin_function")

# --- ways out --------------------------------------------------------------------------------------------

WAYS_OUT = [
    # ours: a document's context is the whole site
    "doc.get('_context').site.resolve('os.popen')('{shell}').read()",
    "doc.get('_context')",
    "doc.get('_meta')",
    "doc._context",
    "doc.ctx.site",
    "doc.ctx",
    "doc._meta",
    "doc['_context']",
    "doc.flags",
    "doc.parent_doc",
    "doc.checklist[0].parent_doc",
    "doc.checklist[0]._context",
    "doc.checklist[0].get('parent_doc')",
    "doc.run_method('get', '_context')",
    "doc.run_method('db_set', 'subject', 'x')",
    "doc.db_set('subject', 'x')",
    "doc.set('subject', 'x')",
    "doc.update({{'subject': 'x'}})",
    "doc.save()",
    "doc.delete()",
    "doc.insert()",
    "doc.reload()",
    "doc.append('checklist', {{}})",
    "doc.as_dict().update({{'subject': 'x'}})",
    "doc.meta.raw",
    "doc.meta._names",
    "doc.meta.fields[0].parent",
    "doc.get_formatted('_context')",
    "doc.get_formatted.__globals__",
    "doc.get_title.__self__",
    "doc.as_json()",
    "doc.get_password('pin')",
    "frappe.get_doc('User', 'Administrator').ctx.site",
    "frappe.get_doc('User', 'Administrator').api_secret",
    "frappe.get_doc({{'doctype': 'Note', 'title': 'x'}}).insert()",
    "frappe.get_doc('Private Note', 'hers').title",
    "frappe.get_all('Private Note', fields=['title'])",
    "frappe.get_all('Private Note', fields=['title'], ignore_permissions=True)",
    "frappe.get_list('Private Note', fields=['title'], ignore_permissions=1)",
    "frappe.db.get_value('Private Note', 'hers', 'title')",
    "frappe.db.exists('Private Note', 'hers')",
    "frappe.db.set_value('Task', 'TASK-00001', 'subject', 'x')",
    "frappe.db.sql('select 1')",
    "frappe.db._ctx",
    "frappe.db.get_value('__Auth', {{}}, 'password')",
    "frappe.local",
    "frappe.get_attr('os.system')('{shell}')",
    "frappe.call('os.system', '{shell}')",
    "frappe.get_hooks()",
    "frappe.render_template('x')",
    "frappe.conf",
    "frappe.utils.json.codecs.builtins.open('/etc/passwd').read()",
    "frappe.utils.re",
    "frappe.utils.datetime.sys",
    "frappe.utils.cint.__globals__",
    "frappe.utils.set_clock",
    "frappe.get_doc.__globals__",
    "frappe.session._get_current_object",
    "frappe.session.data",
    # objects that an app handed over
    "site.resolve('os.popen')('{shell}')",
    "site.database",
    "ctx.site",
    "ctx.trusted()",
    "thing.run()",
    "thing._hidden",
    "thing.site.resolve('os.system')('{shell}')",
    "thing.__dict__",
    "thing.__class__",
    "kind.__mro__",
    "kind.__init__.__globals__",
    "kind.run(thing)",
    "module.FunctionType",
    "module.CodeType",
    "frappe_module.get_doc",
    "error.__traceback__",
    "error.args",
    # Python's own, as against jails and Jinja without a sandbox
    "''.__class__.__mro__[1].__subclasses__()",
    "''['__class__']",
    "''.__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "[].__class__.__base__.__subclasses__()",
    "{{}}.__class__",
    "(1).__class__",
    "(1).__reduce_ex__(2)",
    "rows.__class__",
    "rows[0].__init__.__globals__",
    "d.__class__",
    "call.__self__",
    "call.__globals__",
    "generator.gi_frame.f_back.f_globals",
    "generator.gi_code",
    "(1 for _ in rows).gi_frame",
    "[x for x in rows if x.gi_frame]",
    "__import__('os').system('{shell}')",
    "__builtins__",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(doc, '_context')",
    "type(doc)",
    "vars(doc)",
    "globals()",
    "(lambda: 1)()",
    "[y := 1][0].__class__",
    "*rows",
    "print(1)",
    # CVE-2016-10745, CVE-2019-10906, CVE-2023-41039: formats that look into their values
    "'{{0._context}}'.format(doc)",
    "'{{0.__class__}}'.format(doc)",
    "'{{x.__class__.__init__.__globals__}}'.format(x=thing)",
    "'{{a.__class__}}'.format_map({{'a': doc}})",
    "'{{0[_context]}}'.format(doc)",
    "'{{0!r:{{1}}}}'.format(doc, 9)",
    "'{{:{{0}}}}'.format(1)",
    "'%(_context)s' % doc",
    "text.format_map(d)",
    "text.format.__self__",
    "text.encode('utf-8').decode.__self__",
    "text.translate({{}})",
    # CVE-2024-47532: what an AttributeError holds
    "error.obj",
    "error.with_traceback(None)",
    # letters that Python's parser reads as others, and names that are put together
    "doc.ｇｅｔ('＿context')",
    "doc.＿context",
    "doc['_con' + 'text']",
    "rows[0]['__class__']",
    "now.__class__",
    "now.__reduce__",
    "price.__class__",
    "price.as_integer_ratio.__self__",
]
"""In Python's and in Jinja's words: both read them."""

OF_JINJA = [
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os.popen('touch canary').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('touch canary').read() }}",
    "{{ joiner.__init__.__globals__.os.popen('touch canary').read() }}",
    "{{ namespace.__init__.__globals__.os.popen('touch canary').read() }}",
    "{{ lipsum.__globals__['os'].popen('touch canary').read() }}",
    "{{ lipsum.__globals__.__builtins__ }}",
    "{{ url_for.__globals__ }}",
    "{{ config.items() }}",
    "{{ request.application.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ dict.__base__.__subclasses__() }}",
    "{{ dict.mro() }}",
    "{{ range.__class__ }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('__cl' ~ 'ass__')|attr('__mro__') }}",
    "{{ doc|attr('_context') }}",
    "{{ doc|attr('\\x5fcontext') }}",
    "{{ doc|attr(['_', 'context']|join) }}",
    "{{ doc|attr('_document') }}",
    "{{ (('{0.__class__}')|attr('format'))(doc) }}",
    "{{ [doc]|map('attr', '_context')|list }}",
    "{{ [doc]|map(attribute='_context')|list }}",
    "{{ [doc]|map(attribute='_document._context')|first }}",
    "{{ [thing]|map(attribute='run')|map('attr', '__globals__')|list }}",
    "{{ ['{0._context}']|map('format', doc)|list }}",
    "{{ '%s'|format(doc.ctx) }}",
    "{{ '{0.__class__}'|format(doc) }}",
    "{{ [doc]|groupby('_context') }}",
    "{{ [doc]|sort(attribute='_context') }}",
    "{{ [doc]|sum(attribute='_context') }}",
    "{{ [doc]|selectattr('_context')|list|length }}{{ 1/0 }}",
    "{{ [doc]|map('call') }}",
    "{{ {'a': doc}|xmlattr }}",
    "{% set x = doc.get %}{{ x('_context') }}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}{{ m._func.__globals__ }}",
    "{% macro m() %}{% endmacro %}{{ m._environment }}",
    "{% for x in [1] %}{{ loop.__class__ }}{{ loop._iterable }}{{ loop.__init__.__globals__ }}{% endfor %}",
    "{% set n = namespace() %}{{ n.__class__ }}{{ n._Namespace__attrs }}",
    "{% set c = cycler(1) %}{{ c.__class__ }}{{ c.next.__func__ }}{{ c.next.__globals__ }}",
    "{% import 'os' as os %}{{ os.popen('touch canary') }}",
    "{% include '/etc/passwd' %}",
    "{% include 'hooks.py' %}",
    "{% include 'templates/../hooks.py' %}",
    "{% include 'templates/../../../../etc/passwd' %}",
    "{% extends site %}",
    "{% include thing %}",
    "{% from 'hooks.py' import x %}",
    "{{ rows.append(1) }}",
    "{{ rows.clear() }}",
    "{{ d.update({'a': 2}) }}",
    "{{ d.pop('a') }}",
    "{{ d.setdefault('z', 1) }}",
    "{% do d.update({'a': 2}) %}",
    "{% debug %}",
    "{{ caller.__globals__ }}",
    "{{ varargs.__class__ }}",
    "{{ undefined_thing.__class__.__init__.__globals__ }}",
    "{{ none.__class__ }}",
    "{{ x.__init__.__globals__.__builtins__.eval('1') }}",
    "{{ [].__class__.__base__.__subclasses__()|map(attribute='__init__')|list }}",
    "{{ joiner|string }}{{ joiner.__call__.__globals__ }}",
    "{% for key in doc %}{{ key }}{% endfor %}",
    "{{ site|string }}{{ ctx|string }}{{ thing|list }}",
    "{{ thing|tojson }}{{ site|tojson }}",
    "{{ {'a': thing}|dictsort }}",
    "{{ module }}{{ kind }}{{ call }}{{ frappe_module }}",
]
"""What Jinja alone understands."""


def test_the_table_is_long() -> None:
    assert len(set(WAYS_OUT)) + len(set(OF_JINJA)) >= 180


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("code", WAYS_OUT)
def test_an_expression_has_no_way_out(code: str, office: Office) -> None:
    try:
        value = rendering.safe_eval(code.format(shell=SHELL), rendering.get_safe_globals(), office.given())
    except REFUSALS as error:
        assert not any(each in str(error) for each in (SECRET, "object at 0x"))
        return
    assert value in (None, [], "", 0), repr(value)


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize(
    "code", [each for each in WAYS_OUT if each not in ("doc.as_dict().update({{'subject': 'x'}})",)]
)
def test_a_template_has_no_way_out(code: str, office: Office) -> None:
    try:
        found = render(office, "[{{ " + code.format(shell=SHELL) + " }}]")
    except (ValidationError, PermissionError):
        return
    assert found in ("[]", "[None]", "[[]]", "[0]"), found


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("text", OF_JINJA)
def test_nothing_of_jinja_leads_out(text: str, office: Office) -> None:
    try:
        found = render(office, text)
    except (ValidationError, PermissionError) as error:
        found = str(error)
    assert [each for each in LEAKS if each in found] == [], found


def test_the_canary_sings(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tables try does work where nothing keeps it from working."""
    monkeypatch.chdir(tmp_path)
    found = (
        jinja2.Environment()
        .from_string("{{ cycler.__init__.__globals__.os.mkdir('shell') }}{{ thing.run() }}")
        .render(office.given())
    )
    assert (SECRET in found, (tmp_path / "shell").exists(), (tmp_path / "canary").exists()) == (True, True, True)


# --- what it may cost ------------------------------------------------------------------------------------

COSTLY = [
    "9 ** 9 ** 9",
    "2 ** 100000",
    "1 << 1000000000",
    "10 ** 9000 * 10 ** 9000",
    "'a' * 10 ** 9",
    "[0] * 10 ** 9",
    "(0,) * 10 ** 9",
    "10 ** 9 * 'a'",
    "'a' * 1000000 + 'b' * 1000000",
    "['a' * 1000000, 'b' * 1000000]",
    "['a' * 900000] * 2",
    "'%1000000000d' % 1",
    "'%*d' % (1000000000, 1)",
    "'%.1000000000f' % 1",
    "('%s' * 2000) % (('a' * 1000,) * 2000)",
    "'a'.center(10 ** 9)",
    "'a'.ljust(10 ** 9)",
    "'a'.zfill(10 ** 9)",
    "('a' * 100000).replace('a', 'b' * 100000)",
    "'a'.replace('', 'b' * 999999)",
    "('a' * 100000).join(('b' * 1000).split('b'))",
    "range(10 ** 9)",
    "frappe.utils.strip_html('<' * 100000)",
]

COSTLY_EXPRESSIONS = [
    "sum([a for a in range(90000) for b in range(90000)])",
    "[[[a for a in range(9999)] for b in range(9999)] for c in range(9999)]",
    "f'{1:1000000000}'",
    "f'{1:{1000000000}}'",
    "len([a for a in range(99999) if [b for b in range(99999)]])",
    "(" * 300 + ")" * 300,
    "1" + "+1" * 6000,
    "not " * 2000 + "1",
    "-" * 5000 + "1",
    "[x for x in range(99999) if 'a' * 999999 == 'b' * 999999]",
]

COSTLY_TEMPLATES = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}" + "x" * 1000 + "{% endfor %}",
    "{% set x %}{% for a in range(99999) %}" + "x" * 1000 + "{% endfor %}{% endset %}{{ x|length }}",
    "{% set n = namespace(x='a' * 1000) %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "{% set n = namespace(x='a' * 1000) %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}",
    "{% set n = namespace(x=(1,)) %}{% for a in range(99) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1} }}",
    "{% set n = namespace(x={}) %}{% for a in range(99) %}{% set n.x = {'a': n.x, 'b': n.x} %}{% endfor %}",
    "{% set n = namespace(x={}) %}{% for a in range(99) %}{% set n.x = dict(a=n.x, b=n.x) %}{% endfor %}",
    "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(90) }}",
    "{% set x %}{{ 'a' * 1000 }}{% endset %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40,
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a\nb'|indent(1000000000) }}",
    "{{ ('a\n' * 100000)|indent(9999) }}",
    "{{ 'a'|wordwrap(1000000000) }}",
    "{{ [1]|batch(1000000000, 'a')|list }}",
    "{{ [1]|slice(1000000000)|list }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ ('a' * 100000)|replace('a', 'b' * 100000) }}",
    "{{ ('b' * 1000)|list|join('a' * 100000) }}",
    "{{ 1.5|round(1000000000, 'floor') }}",
    "{{ ('<' * 100000)|striptags }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ ('{}' * 2000).format(*(['a' * 1000] * 2000)) }}",
    "{{ range(99999)|map('string')|map('list')|map('length')|sum }}" * 100,
    "{{ lipsum(1000000) }}",
    "{% for x in [[1]] recursive %}{{ loop(x if x is iterable else []) }}{{ loop([x]) }}{% endfor %}",
    "{{ " + "(" * 200 + "1" + ")" * 200 + " }}",
    "{{ " + "-" * 3000 + "1 }}",
    "{{ 1" + "+1" * 3000 + " }}",
    "x" * 500_001,
]
"""Each is refused before it has cost much.

Depths are left to the parsers: what they let through is worth nothing more.
"""

HARMLESS = ("(((", "not not", "---", "+1+1")


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller budget, so that the tests are quick; the bounds of single values are the real ones."""
    monkeypatch.setattr(budget.Budget.__init__, "__defaults__", (300_000, 60.0))


@pytest.mark.usefixtures("little", "canary")
@pytest.mark.parametrize("code", COSTLY + COSTLY_EXPRESSIONS, ids=lambda code: code[:60])
def test_an_expression_costs_no_more_than_it_may(code: str, office: Office) -> None:
    if any(each in code for each in HARMLESS):
        with pytest.raises(REFUSALS) if code[:1] == "(" else _either():
            rendering.safe_eval(code, rendering.get_safe_globals())
        return
    with pytest.raises(ValidationError, match="too much|takes at most|not allowed"):
        rendering.safe_eval(code, rendering.get_safe_globals())


@pytest.mark.usefixtures("little", "canary")
@pytest.mark.parametrize(
    "text",
    ["{{ " + code + " }}" for code in COSTLY if "<<" not in code and "**" not in code[2:6]] + COSTLY_TEMPLATES,
    ids=lambda text: text[:60],
)
def test_a_template_costs_no_more_than_it_may(text: str, office: Office) -> None:
    if any(each in text for each in HARMLESS):
        with _either():
            render(office, text)
        return
    with pytest.raises(
        ValidationError, match="too much|takes at most|not allowed|at most|too deep|cannot be filled in"
    ):
        render(office, text)


def _either() -> Any:
    """Refused, or worked out: no fault of the server either way."""
    found = pytest.MonkeyPatch.context()

    class Either:
        def __enter__(self) -> None:
            found.__enter__()

        def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
            found.__exit__(None, None, None)
            return kind is None or issubclass(kind, ValidationError)

    return Either()


def test_time_runs_out(office: Office) -> None:
    spent = budget.Budget(seconds=-1)
    with pytest.raises(ValidationError, match="more time"):
        for _ in range(1000):
            spent.spend()


# --- what they are for -----------------------------------------------------------------------------------

WORKS: list[tuple[str, object]] = [
    ("frappe.utils.cint('3') + 1", 4),
    ("doc.subject", "pack"),
    ("doc.get('subject')", "pack"),
    ("doc.get('nothing', 'else')", "else"),
    ("doc.get('checklist', {'item': 'hat'})[0].item", "hat"),
    ("doc['subject']", "pack"),
    ("doc.name", "TASK-00001"),
    ("doc.doctype", "Task"),
    ("doc.as_dict().subject", "pack"),
    ("doc.as_dict()['checklist'][1]['item']", "hat"),
    ("doc.get_formatted('points')", 3),
    ("doc.get_title()", "pack"),
    ("doc.meta.get_label('subject')", "Subject"),
    ("doc.meta.has_field('nope')", False),
    ("doc.computed", "PACK"),
    ("len(doc.checklist)", 2),
    ("doc.checklist[0].item", "socks"),
    ("doc.checklist[0].idx + doc.checklist[1].idx", 3),
    ("docs[0].subject", "pack"),
    ("rows[0].a + rows[0]['a']", 2),
    ("rows[0].get('z', 5)", 5),
    ("d.a", 1),
    ("d.nothing", None),
    ("thing.colour", "red"),
    ("now.year + now.minute", 2056),
    ("now.strftime('%d.%m.%Y')", "31.01.2026"),
    ("frappe.utils.flt('1.5')", 1.5),
    ("frappe.utils.date_diff('2026-02-01', '2026-01-31')", 1),
    ("frappe.utils.add_days('2026-01-31', 1)", "2026-02-01"),
    ("frappe.format_value('2026-01-31', 'Date')", "2026-01-31"),
    ("frappe.session.user", "ann@x.org"),
    ("frappe.get_doc('Task', 'TASK-00001').subject", "pack"),
    ("frappe.db.get_value('Task', 'TASK-00001', 'subject')", "pack"),
    ("frappe.db.get_value('Task', 'TASK-00001', ['subject', 'points'])", ("pack", 3)),
    ("frappe.db.exists('Task', 'TASK-00001')", "TASK-00001"),
    ("frappe.db.exists('Task', 'nope')", None),
    ("frappe.db.count('Task')", 1),
    ("frappe.get_all('Task', pluck='subject')", ["pack"]),
    ("frappe.get_all('Task', fields=['subject'], filters={'points': 3}, limit=1)[0].subject", "pack"),
    ("frappe.get_meta('Task').name", "Task"),
    ("text.upper()", "ABC"),
    ("text.replace('a', 'b')", "bbc"),
    ("', '.join(['a', 'b'])", "a, b"),
    ("'a b'.split()[1]", "b"),
    ("text[0] + text[-1]", "ac"),
    ("'%s-%05.1f' % ('a', 1.25)", "a-001.2"),
    ("'a' if doc.subject == 'pack' else 'b'", "a"),
    ("1 < 2 and not 3 in [1, 2]", True),
    ("{'a': [1, (2, 3)]}['a'][1][0]", 2),
    ("price", decimal.Decimal("9.50")),
]


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize(("code", "value"), WORKS)
def test_what_they_are_for_works(code: str, value: object, office: Office) -> None:
    assert rendering.safe_eval(code, rendering.get_safe_globals(), office.given()) == value
    if not code.startswith("len("):
        assert render(office, "{{ " + code + " }}") == str(value)


IN_EXPRESSIONS: list[tuple[str, object]] = [
    ("[x * 2 for x in range(3) if x]", [2, 4]),
    ("sum(row.idx for row in doc.checklist)", 3),
    ("{k: v for k, v in []}", ValidationError),
    ("[a + b for a, b in [(1, 2), (3, 4)]]", [3, 7]),
    ("max(1, 2) + min([3, 4]) + round(2.567, 1)", 7.6),
    ("f'{doc.subject}: {doc.points:.2f}'", "pack: 3.00"),
    ("sorted([3, 1, 2])[0:2]", [1, 2]),
    ("1 << 4 | 1", 17),
    ("doc", "itself"),
    ("[doc][0]", "itself"),
    ("call(text)", ValidationError),
    ("double(3)", 6),
    ("same(doc)", "itself"),
    ("nothing", NameError),
    ("doc.nothing", AttributeError),
    ("1 / 0", ZeroDivisionError),
    ("1 +", SyntaxError),
]


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize(("code", "value"), IN_EXPRESSIONS)
def test_expressions(code: str, value: Any, office: Office) -> None:
    given = {**office.given(), "double": lambda number: number * 2, "same": lambda each: each}
    if isinstance(value, type):
        with pytest.raises(value):
            rendering.safe_eval(code, None, given)
    else:
        assert rendering.safe_eval(code, None, given) == (office.task if value == "itself" else value)


IN_TEMPLATES = [
    (
        "{% for row in doc.checklist %}{{ loop.index }}{{ row.item }}{{ ', ' if not loop.last }}{% endfor %}",
        "1socks, 2hat",
    ),
    ("{% for key, value in rows[0].items() %}{{ key }}={{ value }};{% endfor %}", "a=1;b=x;"),
    (
        (
            "{% set ns = namespace(n=0) %}{% for row in doc.checklist %}{% set ns.n = ns.n + row.idx %}{% endfor %}{{ "
            "ns.n }}"
        ),
        "3",
    ),
    ("{% macro li(x) %}<li>{{ x }}</li>{% endmacro %}{{ li('a') }}{{ li(x='b') }}", "<li>a</li><li>b</li>"),
    ("{{ doc.checklist|map(attribute='item')|join(', ') }}", "socks, hat"),
    ("{{ doc.checklist|selectattr('item', 'equalto', 'hat')|list|length }}", "1"),
    ("{{ doc.checklist|sort(attribute='item')|map(attribute='item')|first }}", "hat"),
    ("{{ doc.checklist|sum(attribute='idx') }}", "3"),
    ("{{ 'Dear {0}, {name:>5}'.format('Ann', name='x') }}", "Dear Ann,     x"),
    ("{{ _('Dear {0}').format(doc.subject) }}", "Dear pack"),
    ("{{ '%s and %d'|format('a', 2) }}", "a and 2"),
    ("{{ 'a' ~ 1 ~ doc.points }}", "a13"),
    ("{{ nothing }}{{ nothing.at.all }}{{ doc.nothing }}", ""),
    ("{{ nothing|default('else') }}{{ '5'|int + 1 }}{{ [1, 2]|len }}", "else62"),
    ("{{ '<b>'|safe }}", "<b>"),
    ("{{ {'a': '<b>'}|tojson }}", '{"a":"\\u003cb\\u003e"}'),
    ("{{ doc|json|length > 50 }}", "True"),
    ("{{ doc }}{{ [doc] }}", "<Task: TASK-00001>[<Task: TASK-00001>]"),
    ("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}", "aba"),
    ("{% for x in range(3) %}{{ loop.cycle('odd', 'even') }} {% endfor %}", "odd even odd "),
    (
        (
            "{% for x in [[1, [2, [3]]]] recursive %}{% if x is number %}{{ x }}{% else %}{{ loop(x) }}{% endif %}{% "
            "endfor %}"
        ),
        "123",
    ),
    ("{% filter upper %}a{{ text }}{% endfilter %}", "AABC"),
    ("{% set x %}a{{ text }}{% endset %}{{ x }}", "aabc"),
    ("{% call(x) li() %}{{ x }}{% endcall %}{% macro li() %}[{{ caller('a') }}]{% endmacro %}", None),
    ("{{ frappe.utils.now()|length > 10 }}", "True"),
    ("{{ get_url()|length > 5 }}", "True"),
    ("{{ doc.as_dict().keys()|length > 5 }}", "True"),
]


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize(("text", "found"), IN_TEMPLATES)
def test_templates(text: str, found: str | None, office: Office) -> None:
    if found is None:
        with pytest.raises(ValidationError):
            render(office, text)
    else:
        assert render(office, text) == found


# --- two kinds of templates ------------------------------------------------------------------------------


@pytest.fixture
def folder(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app's folder with a template in it, and a file that is none."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "trusted.html").write_text(
        "{{ doc.meta.raw.name }} {{ doc.run_method('get', 'subject') }}"
    )
    (tmp_path / "templates" / "part.html").write_text("part of {{ doc.subject }}{{ doc._context }}")
    (tmp_path / "secrets.py").write_text(SECRET)
    monkeypatch.setattr(rendering, "_folders", lambda: [str(tmp_path)])
    return tmp_path


def test_an_apps_file_is_trusted(office: Office, folder: Path) -> None:
    with office.site.acting():
        assert rendering.render_template("templates/trusted.html", {"doc": office.task}) == "Task pack"


@pytest.mark.parametrize(("text", "found"), [
    ("{% include 'templates/part.html' %}", "part of pack"), ("{% include 'secrets.py' %}", ValidationError), ((
        "{% include 'templates/../secrets.py' %}"
    ), ValidationError),
])  # fmt: skip
def test_a_text_includes_templates_and_reads_no_other_file(text: str, found: Any, office: Office, folder: Path) -> None:
    with office.site.acting():
        if isinstance(found, str):
            assert render(office, text) == found
        else:
            with pytest.raises(found):
                render(office, text)


# --- documents themselves --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["_context", "_meta", "_loaded"])
def test_a_document_does_not_give_its_context_as_a_value(name: str, office: Office) -> None:
    assert office.task.get(name) is None


@pytest.mark.parametrize("name", ["_context", "_set_name", "__init__"])
def test_a_private_method_is_not_run_by_name(name: str, office: Office) -> None:
    with pytest.raises(PermissionError):
        office.task.run_method(name)


@pytest.mark.parametrize(
    ("level", "seen"), [(0, "0.0"), (1, "7.0")], ids=["not who reads level 0", "but who reads level 1"]
)
def test_fields_above_the_callers_level_are_not_shown(level: int, seen: str, office: Office) -> None:
    shape = {
        "doctype": "DocType", "name": f"Levelled {level}", "module": "Custom", "custom": 1, "autoname": "hash",
        "fields": [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}, {"fieldname": "fee", "fieldtype": (
            "Float"
        ), "label": "Fee", "permlevel": 1}],
        "permissions": [{"role": "Task User", "read": 1, "permlevel": each} for each in range(level + 1)],
    }  # fmt: skip
    with office.site.acting() as ctx:
        document.new(ctx, shape).insert()
        name = document.new(ctx, {"doctype": shape["name"], "title": "x", "fee": 7}).insert().name
    with office.site.acting("ann@x.org"):
        assert render(office, "{{ frappe.get_doc('Levelled %d', '%s').fee }}" % (level, name)) == seen  # noqa: UP031 - braces


def test_views_are_equal_as_their_documents_are(office: Office) -> None:
    assert values.view(office.task) == values.view(office.task)
    assert len({values.view(office.task), values.view(office.task)}) == 1
