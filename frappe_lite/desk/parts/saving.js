/**
 * Saving what a form has: checked here first, refused with reasons at the fields, settled where somebody else saved
 * too.
 */
import { ApiError, documents } from "../model/api.js";
import { changed, faults, place } from "../model/rules.js";
import { useState } from "../model/view.js";
import { openDialog, showError } from "./dialogs.js";
import { Conflict } from "./form_dialogs.js";

/** A document as it is sent: without what only the form knows. */
const bare = (doc) => JSON.parse(JSON.stringify(doc, (key, value) => (key.startsWith("__") ? undefined : value)));

/**
 * [busy, save]: `save(more, word)` sends what was changed in a form, with `more` such as a docstatus. `editing` is what
 * `useEditing` gave; `onSaved(doc, word)` is called, and waited for, with what is stored then; `reload` reads it again.
 */
export function useSaving({ meta, fields, tables, rules, editing, onSaved, reload }) {
  const { latest, put, complain } = editing;
  const [busy, setBusy] = useState(false);

  const send = (more) => {
    const { doc, stored } = latest.current;
    return doc.__islocal
      ? documents.create(meta.name, { ...bare(doc), ...more })
      : documents.update(meta.name, doc.name, { ...bare(changed(doc, stored)), ...more, modified: stored.modified });
  };
  const save = async (more = {}, word = "Saved") => {
    if (busy) return;
    const focused = /** @type {HTMLElement} */ (document.activeElement);
    focused?.blur(); // a link or a duration that is being typed is taken now
    focused?.focus();
    const found = faults(fields, tables, rules, latest.current.doc);
    if (Object.keys(found).length) return complain(found, Object.values(found));
    setBusy(true);
    try {
      await onSaved(await send(more), word);
    } catch (error) {
      if (error.type === "TimestampMismatchError") await settle(more, word);
      else if (!(error instanceof ApiError)) showError(error);
      else
        complain(
          place(error, meta, tables),
          error.messages.map((each) => each.message),
        );
    }
    setBusy(false);
  };
  /** Somebody else saved in between: theirs, or mine on top of it. */
  const settle = async (more, word) => {
    const theirs = await documents.get(meta.name, latest.current.doc.name).catch(showError);
    if (!theirs) return;
    const title = `Changed by ${theirs.modified_by} since you opened it`;
    const sides = { base: latest.current.stored, mine: latest.current.doc, theirs };
    const choice = await openDialog(Conflict, { title, wide: true, meta, ...sides });
    if (choice === "theirs") {
      put(theirs, theirs);
      reload();
    }
    if (choice !== "mine") return;
    const { modified: _modified, ...own } = changed(latest.current.doc, latest.current.stored);
    put({ ...theirs, ...own }, theirs);
    setBusy(false);
    await save(more, word);
  };
  return /** @type {const} */ ([busy, save]);
}
