/** The rules of DocTypes, as the server's permission manager has them. */
import { method } from "./api.js";

export const MANAGER = "frappe.core.page.permission_manager.permission_manager";

export const RIGHTS = [
  "select", "read", "write", "create", "delete", "submit", "cancel", "amend", "print", "email", "report", "import",
  "export", "share",
];

export const ABOVE = ["read", "write"]; // what a level above 0 can give
export const read = (name, args, signal) => method(`${MANAGER}.${name}`, args, { verb: "GET", signal });
export const idOf = (rule) => `${rule.role}/${rule.permlevel ?? 0}/${rule.if_owner ? 1 : 0}`;
