/**
 * Filters in an address: `status=Open` is ["status", "=", "Open"], and `points=[">", 3]` any other operator; both as on
 * a bench, so that links carry over.
 */
import { column } from "./meta.js";

/** Filters in an address's query. */
export function parseFilters(meta, query) {
  return [...query]
    .filter(([key]) => column(meta, key))
    .map(([key, text]) => {
      const pair = text.startsWith("[") && parsed(text);
      return Array.isArray(pair) && pair.length === 2 ? [key, ...pair] : [key, "=", text];
    });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** [key, text] of each filter for an address. */
export const writeFilters = (filters) =>
  filters.map(([key, operator, value]) => [
    key,
    operator === "=" && !String(value).startsWith("[") ? String(value) : JSON.stringify([operator, value]),
  ]);
