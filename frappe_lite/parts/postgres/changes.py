"""The change feed's table and triggers on PostgreSQL, where many write at a time.

A trigger notes each change under a number that it draws, but transactions end in another order than they draw in. So a
change gets its place, `seq`, only when its transaction has ended: whoever reads next gives one to all that can be seen,
without gaps, and nothing can come in before a place that was given. A document's own changes are in order, for its row
is locked from one to the end of its transaction, and a change that another was made in sight of is before it.

    __change   id 7, seq NULL      noted, and seen by others once it is committed
               id 7, seq 42        a reader came
"""

from __future__ import annotations

from ...doctype.meta import DocType
from ...query import quote
from ...site import Site
from ...store import Store
from .. import change_log
from .sql import shortened

FORMAT = "postgres 2"

TABLES = f"""
CREATE TABLE IF NOT EXISTS "__change" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seq bigint UNIQUE, at bigint NOT NULL,
    doctype text COLLATE "C" NOT NULL, name jsonb NOT NULL, kind text NOT NULL, modified text, owner text);
CREATE INDEX IF NOT EXISTS "__change_new" ON "__change" (id) WHERE seq IS NULL;
CREATE INDEX IF NOT EXISTS "__change_deleted" ON "__change" (doctype, name) WHERE kind = 'delete';
CREATE TABLE IF NOT EXISTS "__change_known" (id bigint NOT NULL, seq bigint, field text NOT NULL, value jsonb, number bigint NOT NULL, PRIMARY KEY (id, field, number));
CREATE INDEX IF NOT EXISTS "__change_known_seq" ON "__change_known" (seq);

CREATE OR REPLACE FUNCTION "__note_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moment bigint := floor(extract(epoch FROM clock_timestamp())); noted bigint; gone jsonb;
BEGIN
    IF TG_ARGV[0] = 'Comment' THEN
        IF coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'comment_type' = 'Deleted' THEN
            RETURN NULL; -- tells of a deletion, which was noted itself
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.name = NEW.name THEN
        IF TG_ARGV[2] = 'tree' AND to_jsonb(OLD) - 'lft' - 'rgt' = to_jsonb(NEW) - 'lft' - 'rgt' THEN
            RETURN NULL; -- moved by a neighbour, without a change of its own
        END IF;
        INSERT INTO "__change" (at, doctype, name, kind, modified, owner) VALUES (moment, TG_ARGV[0], to_jsonb(NEW.name), 'update', NEW.modified, NEW.owner);
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO "__change" (at, doctype, name, kind, modified, owner) VALUES (moment, TG_ARGV[0], to_jsonb(OLD.name), 'delete', OLD.modified, OLD.owner)
            RETURNING id INTO noted;
        gone := to_jsonb(OLD);
        INSERT INTO "__change_known" (id, field, value, number) SELECT noted, link, gone -> link, 0 FROM unnest(TG_ARGV[1]::text[]) AS link;
        INSERT INTO "__change_known" (id, field, value, number)
            SELECT noted, '', to_jsonb(CASE WHEN everyone = 1 THEN '*' ELSE "user"::text END), row_number() OVER () FROM "tabDocShare"
            WHERE share_doctype = TG_ARGV[0] AND share_name = gone ->> 'name' AND "read" = 1;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO "__change" (at, doctype, name, kind, modified, owner) VALUES (moment, TG_ARGV[0], to_jsonb(NEW.name), 'create', NEW.modified, NEW.owner);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION "__note_single"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "__change" (at, doctype, name, kind, modified) SELECT floor(extract(epoch FROM clock_timestamp())), coalesce(NEW.doctype, OLD.doctype),
        to_jsonb(coalesce(NEW.doctype, OLD.doctype)), CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END, coalesce(NEW.value, OLD.value);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER "__change_single_written" AFTER INSERT OR UPDATE ON "tabSingles" FOR EACH ROW WHEN (NEW.field = 'modified') EXECUTE FUNCTION "__note_single"();
CREATE OR REPLACE TRIGGER "__change_single_deleted" AFTER DELETE ON "tabSingles" FOR EACH ROW WHEN (OLD.field = 'modified') EXECUTE FUNCTION "__note_single"();

CREATE OR REPLACE FUNCTION "__settle_changes"() RETURNS void LANGUAGE plpgsql AS $$
DECLARE days bigint; newest bigint;
BEGIN
    PERFORM 1 FROM "__change" WHERE seq IS NULL LIMIT 1;
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtext(current_schema() || ' changes'));
    SELECT coalesce(max(seq), 0) INTO newest FROM "__change";
    WITH settled AS (
        SELECT id, newest + row_number() OVER (ORDER BY id) AS place FROM "__change" WHERE seq IS NULL
    ), placed AS (
        UPDATE "__change" AS it SET seq = place FROM settled WHERE it.id = settled.id RETURNING it.id, it.seq
    ) UPDATE "__change_known" AS it SET seq = placed.seq FROM placed WHERE it.id = placed.id;
    SELECT max(seq) INTO newest FROM "__change";
    SELECT coalesce(nullif(max(value), '0')::bigint, {change_log.DEFAULT_DAYS}) INTO days FROM "tabSingles" WHERE doctype = 'System Settings' AND field = 'change_feed_days';
    WITH old AS (
        DELETE FROM "__change" WHERE seq <= (SELECT max(seq) FROM (SELECT seq, at FROM "__change" WHERE seq < newest ORDER BY seq LIMIT 4096) AS first
            WHERE at < extract(epoch FROM clock_timestamp()) - 86400 * days) RETURNING id
    ) DELETE FROM "__change_known" USING old WHERE "__change_known".id = old.id;
END $$;
"""


class PostgresChangeLog:
    """What the change feed needs of a database."""

    def install(self, site: Site) -> None:
        """Make the tables, and triggers for the DocTypes that have none."""
        store, database = site.store, site.database
        if store.value("change feed") != FORMAT:
            with database.transaction():
                database.run_script(TABLES)  # type: ignore[attr-defined]
                ctx = site.new_context()
                for (name,) in database.rows('SELECT name FROM "__meta"'):
                    self.follow(store, ctx.meta(name))
                store.set_value("change feed", FORMAT)

    def follow(self, store: Store, meta: DocType) -> None:
        """Give the DocType's table its trigger, or renew one that its links have outgrown."""
        if meta.issingle or not change_log.followed(meta):
            return
        links = "{" + ",".join(f'"{each.fieldname}"' for each in meta.link_fields) + "}"
        wanted = f"({_text(meta.name)}, {_text(links)}, {_text('tree' if meta.is_nested_set else '')})"
        sql = (
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = to_regclass(quote_ident(current_schema()) "
            "|| '.' || ?) AND tgname = '__change'"
        )
        there = store.database.row(sql, (quote(shortened(meta.table)),))
        if there is None or not there[0].endswith(wanted):
            store.database.execute(
                f'CREATE OR REPLACE TRIGGER "__change" AFTER INSERT OR UPDATE OR DELETE ON {quote(meta.table)} '
                f'FOR EACH ROW EXECUTE FUNCTION "__note_change"{wanted}'
            )


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
