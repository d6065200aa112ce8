"""`frappe` as the code of an app uses it: one expression a row, on a site with a small app."""

from __future__ import annotations

import builtins
import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write, app_name, doctype, writer

import frappe_lite
from conftest import ApiClient
from frappe_lite import utils
from frappe_lite.face.apps import loading as apps
from frappe_lite.site import Site

apps.provide_frappe()

FILES = {
    "hooks.py": """
        app_title = "Zoo"
        doc_events = {"Animal": {"on_update": "APP.api.ping"}}
        home = "pages/zoo"
        colours = ["red", "blue"]
        by_kind = {"Cat": "APP.api.ping"}
        deep = {"given": {"Lead": ["Agent"], "Boss": "Lead"}, "then": "x"}
    """,
    "templates/emails/hello.html": "Hello {{ who }}",
    "api.py": """
        import frappe

        def ping(doc=None, method=None):
            return "pong"

        def greet(who, loud=False):
            return who.upper() if loud else who
    """,
    "animal/animal.json": doctype(
        "Animal",
        ("title", "Data"),
        ("size", "Int"),
        ("weight", "Float"),
        ("born", "Date"),
        ("left", "Date"),
        ("kind", "Select", "\nCat\nDog"),
        ("parts", "Table", "Part"),
        ("secret", "Password"),
        {"fieldname": "code", "fieldtype": "Data", "no_copy": 1},
        autoname="field:title",
        track_changes=1,
    ),
    "animal/animal.py": """
        import frappe
        from frappe.model.document import Document

        class Animal(Document):
            def validate(self):
                self.validate_from_to_dates("born", "left")
                if self.size and self.size > 50:
                    self.append("parts", {"title": "trunk"})

            def shout(self, times=1):
                self.db_set("title", self.title)
                return self.title.upper() * times
    """,
    "part/part.json": doctype("Part", ("title", "Data"), ("count", "Int"), istable=1),
    "part/part.py": "from frappe.model.document import Document\nclass Part(Document):\n    pass\n",
    "meal/meal.json": doctype(
        "Meal", ("animal", "Link", "Animal"), ("title", "Data"), ("size", "Int"), ("courses", "Table", "Part")
    ),
    "zoo_settings/zoo_settings.json": doctype("Zoo Settings", ("open_from", "Date"), ("tickets", "Int"), issingle=1),
}


def fill() -> None:
    import frappe as face

    for title, size, kind in (("lion", 3, "Cat"), ("wolf", 2, "Dog"), ("ant", 0, "")):
        parts = [{"title": "leg", "count": 4}]
        face.get_doc({"doctype": "Animal", "title": title, "size": size, "kind": kind, "parts": parts}).insert()
    face.db.set_single_value("Zoo Settings", "tickets", 5)


@pytest.fixture
def noon() -> Iterator[None]:
    """Half past ten on 15 March 2026."""
    token = utils.set_clock(datetime.datetime(2026, 3, 15, 10, 30))
    yield
    utils.reset_clock(token)


@pytest.fixture
def frappe(site: Site, write: Write, noon: None) -> Iterator[Any]:
    """`frappe` with an app and three animals, as the Administrator, on 15 March 2026."""
    import frappe as face

    site.load(write(FILES))
    with site.acting():
        fill()
        yield face


@pytest.fixture(scope="module")
def zoo_name() -> Iterator[str]:
    yield from app_name()


@pytest.fixture(scope="module")
def zoo(zoo_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the app and the animals, for the tests that borrow it."""
    site = frappe_lite.Site()
    site.load(writer(tmp_path_factory.mktemp("zoo"), zoo_name)(FILES))
    token = utils.set_clock(datetime.datetime(2026, 3, 15, 10, 30))
    with site.acting():
        fill()
    utils.reset_clock(token)
    yield site
    site.close()


@pytest.fixture
def borrowed(zoo: Site, noon: None) -> Iterator[Any]:
    """The same on the module's site, in a transaction that is given up at the end."""
    import frappe as face

    with zoo.acting() as ctx:
        yield face
        ctx.rollback()
    zoo.shelf.clear()


ROWS: list[tuple[str, Any]] = [
    # documents
    ("frappe.get_doc('Animal', 'lion').size", 3),
    ("frappe.get_doc('Animal', {'kind': 'Dog'}).name", "wolf"),
    ("frappe.get_doc(doctype='Animal', title='x').is_new()", 1),
    ("frappe.get_doc('Zoo Settings').tickets", 5),
    ("frappe.get_single('Zoo Settings').tickets", 5),
    ("frappe.get_single_value('Zoo Settings', 'tickets')", 5),
    ("frappe.get_cached_doc('Animal', 'ant').name", "ant"),
    ("frappe.get_cached_value('Animal', 'lion', 'kind')", "Cat"),
    ("frappe.get_last_doc('Animal', order_by='size desc').name", "lion"),
    ("frappe.new_doc('Animal', title='y').get('size')", None),
    ("frappe.new_doc('Animal', as_dict=True).doctype", "Animal"),
    ("frappe.copy_doc(frappe.get_doc('Animal', 'lion')).get('parts')[0].title", "leg"),
    ("frappe.delete_doc('Animal', 'ant') or frappe.db.exists('Animal', 'ant')", None),
    ("frappe.delete_doc('Animal', ['ant', 'wolf', 'nobody']) or frappe.db.count('Animal')", 1),
    ("frappe.delete_doc_if_exists('Animal', 'nobody')", None),
    ("frappe.rename_doc('Animal', 'lion', 'tiger', force=True)", "tiger"),
    ("frappe.get_list('Animal', order_by='name', pluck='name')", ["ant", "lion", "wolf"]),
    (
        "frappe.get_all('Animal', filters={'size': ['>', 1]}, fields=['name', 'size'], order_by='size', as_list=True)",
        [("wolf", 2), ("lion", 3)],
    ),
    (
        "frappe.get_all('Animal', or_filters=[['size', '=', 3], ['kind', '=', 'Dog']], pluck='name', order_by='name')",
        ["lion", "wolf"],
    ),
    ("frappe.get_all('Animal', fields='name,size', limit=1, order_by='name')[0].size", 0),
    ("frappe.get_all('Animal', 'lion', ['size', 'kind'])", [{"size": 3, "kind": "Cat"}]),
    ("frappe.get_all('Animal', {'name': 'lion'}, ['size'])", [{"size": 3}]),
    ("frappe.get_all('Animal', [['size', '>', 2]], ['name'])", [{"name": "lion"}]),
    ("frappe.get_all('Part', filters={'parent': 'lion'}, pluck='count')", [4]),
    ("frappe.get_value('Animal', 'lion', ['size', 'kind'], as_dict=True).kind", "Cat"),
    ("frappe.set_value('Animal', 'lion', 'size', 9).size", 9),
    ("frappe.db.get_value('Zoo Settings', None, ['tickets'])", 5),
    ("frappe.db.get_value('Zoo Settings', 'Zoo Settings', 'tickets', as_dict=True).tickets", 5),
    ("frappe.db.get_single_value('Zoo Settings', 'tickets')", 5),
    ("frappe.db.get('Animal', 'lion').title", "lion"),
    (
        (
            "frappe.db.set_value('Animal', {'kind': ['is', 'set']}, {'size': 7}) or frappe.db.get_all('Animal', "
            "{'size': 7}, pluck='name', order_by='name')"
        ),
        ["lion", "wolf"],
    ),
    ("frappe.validate_link('Animal', 'lion')", True),
    # their methods
    ("frappe.get_doc('Animal', 'lion').shout(2)", "LIONLION"),
    ("frappe.get_doc('Animal', 'lion').get_title()", "lion"),
    ("frappe.get_doc('Animal', 'lion').get_url()", "http://127.0.0.1:8000/app/animal/lion"),
    ("frappe.get_doc('Animal', 'lion').get('parts', {'title': 'leg'})[0].count", 4),
    ("frappe.get_doc('Animal', 'lion').get('parts', {'title': 'wing'})", []),
    ("frappe.get_doc('Animal', 'lion').parts[0].get_parent_doc().name", "lion"),
    (
        (
            "(lambda doc: (doc.update({'size': 60}), doc.save(), doc.reload(), "
            "len(doc.parts))[-1])(frappe.get_doc('Animal', 'lion'))"
        ),
        2,
    ),
    (
        "(lambda doc: (doc.add_tag('wild'), doc.reload(), doc.get_tags())[-1])(frappe.get_doc('Animal', 'lion'))",
        ["wild"],
    ),
    (
        (
            "(lambda doc: (doc.add_comment('Comment', 'nice'), frappe.db.get_value('Comment', {'reference_name': "
            "'lion'}, 'content'))[-1])(frappe.get_doc('Animal', 'lion'))"
        ),
        "nice",
    ),
    (
        (
            "(lambda doc: (doc.set_onload('x', 1), doc.get_onload('x'), "
            "doc.get_onload())[1:])(frappe.get_doc('Animal', 'lion'))"
        ),
        (1, {"x": 1}),
    ),
    (
        (
            "(lambda doc: (doc.update({'secret': 's3'}), doc.save(), "
            "doc.get_password('secret'))[-1])(frappe.get_doc('Animal', 'lion'))"
        ),
        "s3",
    ),
    (
        (
            "(lambda doc: (doc.update({'weight': 1.23456}), doc.round_floats_in(doc), "
            "doc.weight)[-1])(frappe.get_doc('Animal', 'lion'))"
        ),
        1.235,
    ),
    ("(lambda doc: doc.rename('tiger', force=True).name)(frappe.get_doc('Animal', 'lion'))", "tiger"),
    (
        (
            "(lambda doc: (doc.update_if_missing({'size': 1, 'code': 'c'}), doc.size, "
            "doc.code)[1:])(frappe.get_doc('Animal', 'lion'))"
        ),
        (3, "c"),
    ),
    ("frappe.get_doc('User', 'Administrator').get_tags()", []),
    ("frappe.get_doc('Animal', 'lion').has_permission('write')", True),
    ("frappe.get_doc('Animal', 'lion').get_permissions()[0].role", "System Manager"),
    ("frappe.get_doc('Animal', 'lion').get_assigned_users()", set()),
    ("frappe.get_doc({'doctype': 'Animal', 'title': 'bee', 'size': 1}).insert().get_doc_before_save()", None),
    ("frappe.get_meta('Animal').get_field('kind').options", "\nCat\nDog"),
    ("[each.fieldname for each in frappe.get_meta('Animal').get('fields', {'fieldtype': 'Date'})]", ["born", "left"]),
    ("frappe.get_meta('Animal').has_field('size')", True),
    ("[each.as_dict().role for each in frappe.get_meta('Animal').permissions]", ["System Manager"]),
    ("frappe.get_meta('Animal').permissions[0].as_dict(no_nulls=True)['delete']", 1),
    ("frappe.get_controller('Animal').__name__", "Animal"),
    # who and what
    ("frappe.session.user", "Administrator"),
    ("frappe.local.session.user", "Administrator"),
    ("'System Manager' in frappe.get_roles()", True),
    ("frappe.has_permission('Animal', 'write', 'lion')", True),
    ("frappe.has_permission('Animal', 'read', user='Guest')", False),
    ("frappe.only_for('System Manager')", None),
    ("(frappe.set_user('Guest'), frappe.session.user, frappe.set_user('Administrator'))[1]", "Guest"),
    ("frappe.utils.get_fullname('Administrator')", "Administrator"),
    ("frappe.get_user().name", "Administrator"),
    ("(setattr(frappe.local, 'mine', 4), frappe.local.mine)[1]", 4),
    ("hasattr(frappe.local, 'yours')", False),
    ("(frappe.form_dict.update({'a': 1}), frappe.form_dict.a, frappe.local.form_dict.get('a'))[1:]", (1, 1)),
    ("(frappe.flags.__setattr__('x', 2), frappe.flags.x)[1]", 2),
    ("bool(frappe.request)", False),
    ("frappe.in_test == False", True),
    ("frappe.conf.developer_mode", 0),
    ("(frappe.conf.update({'key': 'v'}), frappe.conf.key)[1]", "v"),
    ("(frappe.conf.update({'key': 'v'}), frappe.get_conf().key, frappe.get_site_config().key)[1:]", ("v", "v")),
    ("int(frappe.__version__.split('.')[0]) >= 15", True),
    # the apps
    ("frappe.get_attr(APP + '.api.ping')()", "pong"),
    ("frappe.call(APP + '.api.greet', who='ann', loud=True, more=1)", "ANN"),
    ("frappe.call(str.upper, 'a')", "A"),
    ("frappe.get_hooks('colours')", ["red", "blue"]),
    ("frappe.get_hooks('home', app_name=APP)", ["pages/zoo"]),
    ("frappe.get_hooks('by_kind')['Cat'] == [APP + '.api.ping']", True),
    ("frappe.get_hooks('deep')", {"given": {"Lead": ["Agent"], "Boss": ["Lead"]}, "then": ["x"]}),
    ("frappe.get_hooks('nothing', default=['x'])", ["x"]),
    ("frappe.get_installed_apps()[-1] == APP", True),
    ("frappe.get_app_path(APP, 'templates').endswith(APP + '/templates')", True),
    ("frappe.get_module_app('Zoo') == APP", True),
    ("frappe.get_site_path('private') != ''", True),
    ("frappe.read_file(frappe.get_app_path(APP, 'templates/emails/hello.html'))", "Hello {{ who }}"),
    ("frappe.read_file('/no/such/file')", None),
    # small things
    ("frappe._('Text')", "Text"),
    ("frappe.bold('x')", "<strong>x</strong>"),
    ("frappe.scrub('Big Cat'), frappe.unscrub('big_cat')", ("big_cat", "Big Cat")),
    ("frappe.parse_json('{\"a\": [1]}')", {"a": [1]}),
    ("frappe.as_json({'a': frappe.utils.getdate('2026-01-02')}, indent=None)", '{"a": "2026-01-02"}'),
    ("frappe._dict(a=1).b", None),
    ("len(frappe.generate_hash(length=10))", 10),
    ("frappe.safe_decode(b'x'), frappe.safe_encode('x')", ("x", b"x")),
    ("frappe.json.loads('1')", 1),
    ("frappe.safe_eval('doc.size * 2 + flt(\"1.5\")', None, {'doc': frappe.get_doc('Animal', 'lion')})", 7.5),
    ("frappe.safe_eval('[x for x in items if x > 1]', {'items': [1, 2]})", [2]),
    ("frappe.render_template('{{ a }}-{{ frappe.utils.cint(\"3\") }}', {'a': '<b>'})", "<b>-3"),
    ("frappe.render_template('templates/emails/hello.html', {'who': 'ann'})", "Hello ann"),
    ("frappe.render_template('{{ \"\".__class__.__mro__ }}', {})", ""),
    ("frappe.clear_cache(doctype='Animal')", None),
    ("frappe.publish_realtime('event', {'a': 1}, user='x')", None),
    ("frappe.logger('zoo').name", "zoo"),
    ("frappe.get_traceback()", ""),
    ("frappe.log_error('Title', 'what happened').method", "Title"),
    (
        (
            "(frappe.log_error(message='long', title='short', reference_doctype='Animal', reference_name='lion'), "
            "frappe.get_last_doc('Error Log').reference_name)[1]"
        ),
        "lion",
    ),
    ("frappe.get_system_settings('time_zone') is None or True", True),
    ("frappe.get_precision('Animal', 'weight')", 3),
    # mail
    (
        (
            "frappe.sendmail(recipients=['a@example.com', 'a@example.com', 'b@example.com'], subject='S', "
            "message='M').status"
        ),
        "Not Sent",
    ),
    (
        (
            "[row.recipient for row in frappe.sendmail('a@example.com', cc='c@example.com', template='hello', "
            "args={'who': 'x'}).recipients]"
        ),
        ["a@example.com", "c@example.com"],
    ),
    ("frappe.sendmail(recipients='a@example.com', template='hello', args={'who': 'x'}).message", "Hello x"),
    ("frappe.sendmail(recipients=[])", None),
    # cache
    ("(frappe.cache.set_value('k', [1]), frappe.cache().get_value('k'))[1]", [1]),
    ("frappe.cache.get_value('made', lambda: 5), frappe.cache.get_value('made')", (5, 5)),
    (
        (
            "(frappe.cache.set_value('k', 1, user='ann'), frappe.cache.get_value('k'), frappe.cache.get_value('k', "
            "user='ann'))[1:]"
        ),
        (None, 1),
    ),
    ("(frappe.cache.set_value('gone', 1, expires_in_sec=-1), frappe.cache.get_value('gone'))[1]", None),
    ("(frappe.cache.hset('h', 'a', 1), frappe.cache.hget('h', 'a'), frappe.cache.hgetall('h'))[1:]", (1, {"a": 1})),
    (
        "(frappe.cache.hset('h', 'a', 1), frappe.cache.hdel('h', 'a'), frappe.cache.hexists('h', 'a'))[1:]",
        (None, False),
    ),
    ("frappe.cache.hget('h', 'b', lambda: 2), frappe.cache.hkeys('h'), frappe.cache.hvals('h')", (2, ["b"], [2])),
    (
        (
            "(frappe.cache.set_value('p:1', 1), frappe.cache.set_value('p:2', 2), frappe.cache.delete_keys('p:'), "
            "frappe.cache.get_keys('p:'))[-1]"
        ),
        [],
    ),
    ("(frappe.cache.set_value('d', 1), frappe.cache.delete_value(['d']), frappe.cache.exists('d'))[-1]", 0),
    ("frappe.cache.incr('n'), frappe.cache.incr('n', 2)", (1, 3)),
    ("(frappe.cache.rpush('l', 1), frappe.cache.lpush('l', 0), frappe.cache.lrange('l', 0, -1))[-1]", [0, 1]),
    (
        (
            "(frappe.cache.sadd('s', 1, 2), frappe.cache.srem('s', 1), frappe.cache.sismember('s', 2), "
            "set(frappe.cache.smembers('s')))[2:]"
        ),
        (True, {2}),
    ),
]


@pytest.mark.parametrize(("expression", "expected"), ROWS, ids=[row[0][:60] for row in ROWS])
def test_frappe(borrowed: Any, zoo_name: str, expression: str, expected: Any) -> None:
    assert eval(expression, {"frappe": borrowed, "APP": zoo_name}) == expected


UTILS: list[tuple[str, Any]] = [
    ("formatdate('2026-01-05')", "2026-01-05"),
    ("formatdate('2026-01-05', 'd MMM YYYY')", "5 Jan 2026"),
    ("formatdate('2026-01-05', \"dd 'of' MMMM\")", "05 of January"),
    ("formatdate(None)", ""),
    ("format_datetime('2026-01-05 08:09:10')", "2026-01-05 08:09:10"),
    ("format_datetime('2026-01-05 08:09:10', 'hh:mm a')", "08:09 AM"),
    ("format_time('08:09')", "08:09:00"),
    ("global_date_format('2026-01-05')", "January 5, 2026"),
    ("pretty_date('2026-03-13 10:00')", "2 days ago"),
    ("pretty_date('2026-03-15 09:29')", "1 hour ago"),
    ("pretty_date(add_to_date(now_datetime(), minutes=-5))", "5 minutes ago"),
    ("get_weekday('2026-03-15')", "Sunday"),
    ("get_last_day_of_week('2026-03-18')", datetime.date(2026, 3, 21)),
    ("get_quarter_ending('2026-02-03')", datetime.date(2026, 3, 31)),
    ("get_year_start('2026-05-01')", datetime.date(2026, 1, 1)),
    ("get_year_start('2026-05-01', as_str=True)", "2026-01-01"),
    ("get_year_ending('2026-05-01')", datetime.date(2026, 12, 31)),
    ("month_diff('2026-03-01', '2026-01-31')", 3),
    ("to_timedelta('1:30')", datetime.timedelta(hours=1.5)),
    ("to_timedelta('26:00:01.5')", datetime.timedelta(hours=26, seconds=1.5)),
    ("format_duration(93784)", "1d 2h 3m 4s"),
    ("format_duration(93784, hide_days=True)", "26h 3m 4s"),
    ("duration_to_seconds('1d 2h')", 93600),
    ("get_system_timezone()", "UTC"),
    ("convert_utc_to_timezone(get_datetime('2026-07-01'), 'Europe/Berlin').hour", 2),
    ("get_datetime_in_timezone('UTC').utcoffset().seconds", 0),
    ("ceil(1.1), floor(1.9)", (2, 1)),
    ("cast('Int', '3'), cast('Float', '1.5'), cast('Data', 'x')", (3, 1.5, "x")),
    ("len(random_string(8))", 8),
    ("sha256_hash('a')[:8]", "ca978112"),
    ("quote('a b/c')", "a%20b/c"),
    ("strip_html_tags('<b>x</b>')", "x"),
    ("sanitize_html('<b>x</b><script>y</script>')", "<b>x</b>&lt;script&gt;y&lt;/script&gt;"),
    ("is_html('<b>')", True),
    ("is_html('a < b')", False),
    ("comma_sep(['a', 'b'], '{0} or {1}', add_quotes=False)", "a or b"),
    ("get_abbr('Big Cat')", "BC"),
    ("unique([1, 1, 2])", [1, 2]),
    ("list(create_batch([1, 2, 3], 2))", [[1, 2], [3]]),
    ("validate_phone_number_with_country_code('+49 30 1234567', 'phone')", True),
    ("validate_phone_number_with_country_code('', 'phone')", None),
    ("validate_email_address('a@example.com')", "a@example.com"),
    ("validate_email_address('nobody')", ""),
    ("validate_url('https://x.org', True)", True),
    ("validate_url('x', valid_schemes=['https'])", False),
    ("validate_url('ftp://x.org', valid_schemes='https')", False),
    ("validate_phone_number('123')", True),
    ("get_url('x')", "http://127.0.0.1:8000/x"),
    ("get_url('https://x.org')", "https://x.org"),
    ("get_url_to_list('Big Cat')", "http://127.0.0.1:8000/app/big-cat"),
    ("get_link_to_form('Animal', 'lion')", '<a href="http://127.0.0.1:8000/app/animal/lion">lion</a>'),
    ("get_host_name()", "127.0.0.1:8000"),
    ("get_user_info_for_avatar('Guest').name", "Guest"),
    ("get_timestamp('1970-01-02') > 0", True),
    ("remainder(7, 4)", 3.0),
    ("nestedset.get_root_of.__name__", "get_root_of"),
]


@pytest.mark.parametrize(("expression", "expected"), UTILS, ids=[row[0][:60] for row in UTILS])
def test_frappe_utils(borrowed: Any, expression: str, expected: Any) -> None:
    import frappe.utils as found

    names = {
        each: getattr(found, each)
        for each in set(compile(expression, "row", "eval").co_names)
        if not hasattr(builtins, each)
    }
    assert eval(expression, names) == expected


REFUSED: list[tuple[str, str, str]] = [
    ("frappe.throw('No', frappe.PermissionError)", "PermissionError", "No"),
    ("frappe.throw(['a', 'b'], as_list=True)", "ValidationError", "<ul><li>a</li><li>b</li></ul>"),
    ("frappe.throw('No', KeyError)", "KeyError", "No"),
    ("frappe.msgprint('No', raise_exception=frappe.DuplicateEntryError)", "DuplicateEntryError", "No"),
    ("frappe.msgprint('No', raise_exception=1)", "ValidationError", "No"),
    ("frappe.get_last_doc('Meal')", "DoesNotExistError", "No Meal found"),
    ("frappe.get_doc('Animal', {'size': 99})", "DoesNotExistError", "not found"),
    ("frappe.delete_doc('Animal', 'nobody', ignore_missing=False)", "DoesNotExistError", ""),
    ("frappe.has_permission(None, 'read')", "DoesNotExistError", "DocType None not found"),
    ("frappe.get_attr('os.system')", "AppNotInstalledError", "App os is not installed"),
    ("frappe.get_app_path('nothing')", "AppNotInstalledError", "App nothing is not installed"),
    (
        "frappe.get_doc({'doctype': 'Animal', 'title': 'x', 'born': '2026-02-02', 'left': '2026-02-01'}).insert()",
        "InvalidDates",
        "must be after",
    ),
    ("frappe.get_doc('Animal', 'lion').validate_table_has_rows('nothing')", "ValidationError", "cannot be empty"),
    ("frappe.get_doc('Animal', 'lion').validate_value('size', '>', 5)", "ValidationError", "must be > 5"),
    ("frappe.get_doc('Animal', 'lion').validate_value('kind', 'in', ['Dog'])", "ValidationError", "must be in"),
    ("frappe.get_doc('Animal', 'lion').raise_no_permission_to('fly')", "PermissionError", "fly"),
    ("frappe.get_doc('Animal', 'lion').get_password('secret')", "ValidationError", "Password not found"),
    ("frappe.safe_eval('__import__(\"os\")')", "ValidationError", "not allowed in an expression"),
    ("frappe.safe_eval('().__class__')", "ValidationError", "not allowed in an expression"),
    ("frappe.safe_eval('(lambda: 1)()')", "ValidationError", "not allowed in an expression"),
    ("frappe.safe_eval('\"{0}\".format(1)')", "ValidationError", "not allowed in an expression"),
    ("frappe.render_template('{% if %}', {})", "ValidationError", "cannot be filled in"),
    ("frappe.render_template('templates/nothing.html', {})", "ValidationError", "No app has the template"),
    (
        "frappe.utils.validate_email_address('x', throw=True)",
        "InvalidEmailAddressError",
        "x is not a valid Email Address",
    ),
    ("frappe.utils.validate_url('x', True)", "InvalidURLError", "is not a valid URL"),
    ("frappe.utils.validate_phone_number('x', True)", "InvalidPhoneNumberError", "is not a valid Phone Number"),
    ("frappe.utils.to_timedelta('x')", "ValueError", "x"),
    ("frappe.db.set_value('Animal', 'lion', 'wings', 2)", "DataError", "has no field wings"),
]


@pytest.mark.parametrize(("expression", "kind", "text"), REFUSED, ids=[row[0][:60] for row in REFUSED])
def test_what_is_refused(borrowed: Any, expression: str, kind: str, text: str) -> None:
    with pytest.raises(Exception) as caught:
        eval(expression, {"frappe": borrowed})
    assert (type(caught.value).__name__, text in str(caught.value)) == (kind, True)


# --- longer stories ---


def test_a_document_is_mapped_to_another(frappe: Any) -> None:
    from frappe.model.mapper import get_mapped_doc

    maps = {
        "Animal": {"doctype": "Meal", "field_map": {"name": "animal"}, "validation": {"docstatus": ["=", 0]}},
        "Part": {"doctype": "Part", "condition": lambda row: row.count > 1},
    }
    made = get_mapped_doc(
        "Animal", "lion", maps, postprocess=lambda source, target: target.set("title", source.title + "'s meal")
    )
    assert (made.doctype, made.animal, made.title, made.size, made.is_new(), [row.title for row in made.courses]) == (
        "Meal",
        "lion",
        "lion's meal",
        3,
        1,
        ["leg"],
    )
    made.insert()
    with pytest.raises(frappe.MandatoryError, match="Cannot map"):
        get_mapped_doc("Animal", "lion", {"Animal": {"doctype": "Meal", "validation": {"docstatus": ["=", 1]}}})


def test_names_by_series(frappe: Any) -> None:
    from frappe.model.naming import append_number_if_name_exists, getseries, make_autoname, revert_series_if_last

    assert [make_autoname("ZOO-.YYYY.-.###") for _ in range(2)] == ["ZOO-2026-001", "ZOO-2026-002"]
    revert_series_if_last("ZOO-2026-.###", "ZOO-2026-002")
    assert make_autoname("ZOO-.YYYY.-.###") == "ZOO-2026-002"
    assert (getseries("K-", 3), getseries("K-", 3)) == ("001", "002")
    assert [append_number_if_name_exists("Animal", each) for each in ("lion", "cow")] == ["lion-1", "cow"]
    frappe.get_doc({"doctype": "Animal", "title": "lion-1"}).insert()
    assert append_number_if_name_exists("Animal", "lion") == "lion-2"


def test_rows_that_a_controller_adds_have_names_and_moments(frappe: Any) -> None:
    doc = frappe.get_doc({"doctype": "Animal", "title": "elephant", "size": 60, "parts": [{"title": "leg"}]}).insert()
    rows = frappe.get_all(
        "Part",
        filters={"parent": doc.name},
        fields=["name", "idx", "title", "owner", "creation", "modified"],
        order_by="idx",
    )
    assert [(row.idx, row.title, row.owner) for row in rows] == [
        (1, "leg", "Administrator"),
        (2, "trunk", "Administrator"),
    ]
    assert len({row.name for row in rows}) == 2
    assert all(row.creation and row.modified for row in rows)


def test_answers_are_cached_and_forgotten(frappe: Any) -> None:
    from frappe.utils.caching import redis_cache, request_cache

    calls: list[Any] = []

    @redis_cache(ttl=60)
    def answer(key: Any) -> Any:
        calls.append(key)

    @request_cache
    def once(key: Any) -> Any:
        calls.append(key)
        return key

    for _ in range(2):
        assert (answer([1]), once(2)) == (None, 2)
    assert calls == [[1], 2]
    answer.clear_cache()
    answer([1])
    assert calls == [[1], 2, [1]]


def test_documents_are_assigned_and_shared(frappe: Any, new_user: Any, site: Site) -> None:
    from frappe.desk.form.assign_to import add, clear, close_all_assignments, get, remove
    from frappe.share import add as share
    from frappe.share import get_shared
    from frappe.share import remove as unshare

    new_user(site, "ann@example.com")
    given = {"doctype": "Animal", "name": "lion", "assign_to": ["ann@example.com"], "description": "feed it"}
    add(given)
    assert (frappe.get_doc("Animal", "lion").get_assigned_users(), [each.owner for each in get(given)]) == (
        {"ann@example.com"},
        ["ann@example.com"],
    )
    assert close_all_assignments("Animal", "lion")
    add(given)
    remove("Animal", "lion", "ann@example.com")
    assert get(given) == []
    assert (clear("Animal", "lion"), clear("Animal", "cat")) == (True, False)  # Frappe: a cancelled one counts
    for right in (0, 1):
        share("Animal", "lion", "ann@example.com", write=right)
    assert get_shared("Animal", "ann@example.com") == ["lion"]
    assert frappe.db.get_value("DocShare", {"share_name": "lion"}, "write") == 1
    unshare("Animal", "lion", "ann@example.com")
    assert get_shared("Animal", "ann@example.com") == []


def test_users_have_roles(frappe: Any, new_user: Any, site: Site) -> None:
    from frappe.utils.user import add_role, get_users_with_role

    new_user(site, "ann@example.com")
    user = frappe.get_doc("User", "ann@example.com")
    user.add_roles("Report Manager")
    add_role("ann@example.com", "Script Manager")
    assert {"Report Manager", "Script Manager"} <= set(frappe.get_roles("ann@example.com"))
    assert get_users_with_role("Script Manager") == ["ann@example.com"]
    frappe.get_doc("User", "ann@example.com").remove_roles("Report Manager")
    assert "Report Manager" not in frappe.get_roles("ann@example.com")


def test_templates_of_mail_and_notifications(frappe: Any) -> None:
    from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
    from frappe.email.doctype.email_template.email_template import get_email_template

    frappe.get_doc(
        {"doctype": "Email Template", "name": "Hi", "subject": "For {{ name }}", "response": "Dear {{ name }}"}
    ).insert()
    assert get_email_template("Hi", {"name": "ann"}) == {"subject": "For ann", "message": "Dear ann"}
    make_notification_logs(
        {"type": "Alert", "subject": "Fed", "document_type": "Animal", "document_name": "lion"},
        ["Administrator", "nobody@example.com"],
    )
    assert frappe.get_all("Notification Log", fields=["for_user", "subject", "read"]) == [
        {"for_user": "Administrator", "subject": "Fed", "read": 0}
    ]


def test_passwords_and_files(frappe: Any) -> None:
    from frappe.utils.file_manager import is_safe_path, save_file
    from frappe.utils.password import (
        check_password,
        get_decrypted_password,
        remove_encrypted_password,
        set_encrypted_password,
        update_password,
    )

    set_encrypted_password("Animal", "lion", "roar", "secret")
    assert get_decrypted_password("Animal", "lion", "secret") == "roar"
    remove_encrypted_password("Animal", "lion", "secret")
    assert get_decrypted_password("Animal", "lion", "secret", raise_exception=False) is None
    update_password("Administrator", "new-pass")
    assert check_password("Administrator", "new-pass") == "Administrator"
    with pytest.raises(frappe.AuthenticationError):
        check_password("Administrator", "old-pass")
    kept = save_file("a.txt", b"abc", "Animal", "lion", is_private=1)
    assert (kept.file_name, kept.file_size, kept.attached_to_name) == ("a.txt", 3, "lion")
    assert [is_safe_path(path) for path in (frappe.get_site_path("x"), "/etc/passwd")] == [True, False]


API = """
    import frappe

    @frappe.whitelist(allow_guest=True)
    def echo():
        frappe.local.response_headers["X-Mine"] = "yes"
        request = frappe.request
        sent = [request.get_data(as_text=True), request.headers.get("X-B"), request.url]
        return [request.method, request.path, request.args.get("a"), frappe.form_dict.a, frappe.local.request_ip, *sent]

    @frappe.whitelist(allow_guest=True, methods=["POST"])
    def asked_for(name: str):
        return getattr(frappe.request, name)

    @frappe.whitelist(allow_guest=True)
    def host():
        return frappe.utils.get_host_name_from_request()

    @frappe.whitelist(allow_guest=True, methods=["POST"])
    def body():
        return [frappe.request.get_json(silent=True), frappe.request.data.decode()]

    @frappe.whitelist(allow_guest=True)
    def log_in():
        frappe.local.login_manager.login_as("Administrator")
        return frappe.local.login_manager.user

    @frappe.whitelist()
    def move():
        frappe.local.response["type"] = "redirect"
        frappe.local.response["location"] = frappe.form_dict.to or "/there"

    @frappe.whitelist()
    def head():
        frappe.local.response_headers["X-Mine"] = frappe.form_dict.to
"""


def test_the_request_and_the_answer(site: Site, write: Write, name: str) -> None:
    site.load(write({"api.py": API}))
    client = ApiClient(site)
    answer = client(
        f"GET /api/method/{name}.api.echo?a=1", headers={"X-B": "b"}, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    )
    path = f"/api/method/{name}.api.echo"
    assert answer.json["message"] == ["GET", path, "1", "1", "127.0.0.1", "", "b", f"http://localhost{path}?a=1"]
    assert answer.headers["X-Mine"] == "yes"
    assert client(f"POST /api/method/{name}.api.body", {"x": [1]}).json["message"][0] == {"x": [1]}
    asked = {
        "content_type": "application/json",
        "mimetype": "application/json",
        "is_json": True,
        "content_length": len(b'{"name": "content_length"}'),
        "referrer": None,
        "is_secure": False,
        "full_path": f"/api/method/{name}.api.asked_for?",
        "method": "POST",  # as before
    }
    for each, value in asked.items():
        assert client(f"POST /api/method/{name}.api.asked_for", {"name": each}).json.get("message") == value, each
    assert client(f"GET /api/method/{name}.api.host").json["message"] == "http://localhost"
    assert "sid=" in ApiClient(site, None)(f"POST /api/method/{name}.api.log_in").headers["Set-Cookie"]
    moved = client(f"GET /api/method/{name}.api.move")
    assert (moved.status_code, moved.headers["Location"]) == (302, "/there")


@pytest.mark.parametrize("to", ["/x\r\nSet-Cookie: sid=1", "/x\ny", "/x\ry", "/x\x7fy"])
def test_what_a_client_sent_ends_no_header(site: Site, write: Write, name: str, to: str) -> None:
    site.load(write({"api.py": API}))
    answer = ApiClient(site)(f"POST /api/method/{name}.api.move", {"to": to})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (400, False)
    if "\x7f" not in to:
        assert ApiClient(site)(f"POST /api/method/{name}.api.head", {"to": to}).status_code == 400


def test_people_are_known_by_their_full_names(frappe: Any, site: Site, new_user: Any) -> None:
    from frappe.utils import get_fullname

    new_user(site, "ann@example.com")
    assert [get_fullname(each) for each in ("ann@example.com", "bob@example.com", None)] == [
        "Ann",
        "bob@example.com",
        "Administrator",
    ]


def test_outside_a_request_a_sentence_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match=r"with site\.acting\('Administrator'\)"):
        frappe_lite.get_all("User")
