/** Views that were kept under a name: List Filters, for oneself, for a role, or for everybody. */
import { documents } from "./api.js";
import { writeFilters } from "./filters.js";
import { column } from "./meta.js";
import { boot, manages, may } from "./site.js";
import { writeView } from "./views.js";

const FILTER = "List Filter";

/** Whether the caller can keep views. */
export const mayKeep = () => may("create", FILTER);

/**
 * The caller's kept views, those of a role and those for everybody: [{name, filter_name, for_user, for_role, view}];
 * `view` is a query.
 */
export async function keptViews(meta) {
  if (!may("read", FILTER)) return [];
  const { user } = boot.value;
  const fields = ["name", "filter_name", "for_user", "for_role", "owner", "filters", "desk_view"];
  const filters = [
    ["reference_doctype", "=", meta.name],
    ["for_user", "in", [user.name, ""]],
  ]; // which roles' views, the server says
  const { data } = await documents.list(FILTER, { fields, filters, order_by: "filter_name asc", limit: 100 });
  return data.map((each) => ({
    ...each,
    view: [new URLSearchParams(writeFilters(benchFilters(meta, each.filters))), each.desk_view]
      .map(String)
      .filter((text) => text && text !== "null")
      .join("&"),
  }));
}

/** Roles that a view can be kept for: the caller's; for who manages the server, all. What everybody has is none. */
export async function rolesToShare() {
  const common = new Set(["All", "Guest", "Desk User", "Administrator"]);
  const all = manages()
    ? (
        await documents.list("Role", {
          fields: ["name"],
          filters: [["disabled", "=", 0]],
          order_by: "name asc",
          limit: 500,
        })
      ).data.map((each) => each.name)
    : boot.value.user.roles;
  return all.filter((each) => !common.has(each));
}

/** Filters as a bench keeps them, [doctype, fieldname, operator, value, …]; those of other DocTypes are left out. */
function benchFilters(meta, text) {
  try {
    return JSON.parse(text || "[]")
      .map((each) => (each.length > 3 ? each.slice(1, 4) : each))
      .filter(([name]) => column(meta, name));
  } catch {
    return [];
  }
}

/**
 * Keep a view under a name; for oneself, for a role, or for everybody: `whose` is "me", "all", or `role:` and its name.
 */
export function keepView(meta, view, filter_name, whose) {
  const filters = JSON.stringify(view.filters.map(([name, operator, value]) => [meta.name, name, operator, value]));
  const rest = writeView({ ...view, filters: [], page: 1 });
  const for_role = whose.startsWith("role:") ? whose.slice(5) : "";
  return documents.create(FILTER, {
    filter_name,
    reference_doctype: meta.name,
    for_user: whose === "me" ? boot.value.user.name : "",
    for_role,
    filters,
    desk_view: rest,
  });
}

/** Whether the caller may forget a kept view. */
export const mayForget = ({ for_user, owner }) => Boolean(for_user) || owner === boot.value.user.name || manages();

export const forgetView = (name) => documents.remove(FILTER, name);
