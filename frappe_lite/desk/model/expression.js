/**
 * Conditions of fields, such as depends_on, without eval, which the page's policy forbids.
 *
 *   holds("eval:doc.status == 'Open' && doc.points > 3", { doc })
 *   holds("project", { doc })        whether the field has a value
 *
 * It reads the part of JavaScript that conditions are made of: literals, lists, names of the scope and their own
 * properties, operators, and the functions and methods below. What it cannot read is answered with `unknown`, for the
 * server has the last word anyway.
 */
const NUMBER = /(\d+\.?\d*|\.\d+)/;
const TEXT = /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/;
const NAME = /([A-Za-z_$][\w$]*)/;
const SIGN = /(===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.|[-+*/%<>!?:.,()[\]])/;
const TOKEN = new RegExp(`\\s*(?:${[NUMBER, TEXT, NAME, SIGN].map((each) => each.source).join("|")}|$)`, "y");
const FUNCTIONS = {
  cint: (value) => Math.trunc(Number(value)) || 0,
  flt: (value) => Number(value) || 0,
  cstr: (value) => String(value ?? ""),
  Number,
  String,
  Boolean,
  parseInt,
  parseFloat,
  in_list: (list, value) => Boolean(list?.includes(value)),
  has_common: (one, other) => one.some((each) => other.includes(each)),
  is_null: (value) => value === null || value === undefined || value === "",
};
const METHODS = new Set(["includes", "indexOf", "startsWith", "endsWith", "toLowerCase", "toUpperCase", "trim"]);
const CONSTANTS = { true: true, false: false, null: null, undefined };
const OPERATORS = [
  { "||": (a, b) => a() || b(), "??": (a, b) => a() ?? b() },
  { "&&": (a, b) => a() && b() },
  {
    "==": (a, b) => a() == b(),
    "!=": (a, b) => a() != b(),
    "===": (a, b) => a() === b(),
    "!==": (a, b) => a() !== b(),
  },
  // of a list, JavaScript's `in` asks for an index, which nobody means who writes it here
  {
    "<": (a, b) => a() < b(),
    ">": (a, b) => a() > b(),
    "<=": (a, b) => a() <= b(),
    ">=": (a, b) => a() >= b(),
    in: (a, b) => (Array.isArray(b()) ? b().includes(a()) : Object.hasOwn(b(), a())),
  },
  { "+": (a, b) => a() + b(), "-": (a, b) => a() - b() },
  { "*": (a, b) => a() * b(), "/": (a, b) => a() / b(), "%": (a, b) => a() % b() },
];

function own(value, key) {
  if (value === null || value === undefined) return undefined;
  if (key === "length" && (typeof value === "string" || Array.isArray(value))) return value.length;
  return typeof value === "object" && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A function of the scope. @throws {SyntaxError} for what is no such expression */
function compile(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; text.slice(at).trim(); at = TOKEN.lastIndex) {
    const found = TOKEN.exec(text);
    if (!found) throw new SyntaxError(`Not understood: ${text.slice(at)}`);
    tokens.push({ number: found[1], string: found[2], name: found[3], text: found[0].trim() });
  }
  let next = 0;
  const take = (...wanted) => !tokens[next]?.string && wanted.includes(tokens[next]?.text) && tokens[next++].text;
  const need = (wanted) => take(wanted) || fail();
  const fail = () => {
    throw new SyntaxError(`Not understood: ${tokens[next]?.text ?? "the end"}`);
  };
  const list = (end) => {
    const items = [];
    while (!take(end)) {
      if (items.length) need(",");
      items.push(ternary());
    }
    return (scope) => items.map((each) => each(scope));
  };
  const ternary = () => {
    const test = binary(0);
    if (!take("?")) return test;
    const yes = ternary();
    need(":");
    const no = ternary();
    return (scope) => (test(scope) ? yes(scope) : no(scope));
  };
  const binary = (level) => {
    if (!OPERATORS[level]) return unary();
    let left = binary(level + 1);
    for (let found; (found = take(...Object.keys(OPERATORS[level])));) {
      const [one, other, apply] = [left, binary(level + 1), OPERATORS[level][found]];
      left = (scope) =>
        apply(
          () => one(scope),
          () => other(scope),
        );
    }
    return left;
  };
  const unary = () => {
    const sign = take("!", "-", "+");
    if (!sign) return postfix(primary());
    const value = unary();
    return (scope) => (sign === "!" ? !value(scope) : sign === "-" ? -value(scope) : Number(value(scope)));
  };
  const primary = () => {
    if (take("(")) {
      const inner = ternary();
      need(")");
      return inner;
    }
    if (take("[")) return list("]");
    const { number, string, name } = tokens[next++] ?? fail();
    if (number) return () => Number(number);
    if (string) return () => string.slice(1, -1).replace(/\\(.)/g, "$1");
    if (name && Object.hasOwn(CONSTANTS, name)) return () => CONSTANTS[name];
    if (name && Object.hasOwn(FUNCTIONS, name)) return called(() => FUNCTIONS[name]);
    return name ? (scope) => (Object.hasOwn(scope, name) ? scope[name] : fail()) : fail();
  };
  const called = (callee) => {
    need("(");
    const given = list(")");
    return (scope) => callee(scope)(...given(scope));
  };
  const postfix = (value) => {
    if (take(".", "?.")) {
      const key = tokens[next++]?.name ?? fail();
      const method = (scope) => (METHODS.has(key) ? (...given) => value(scope)[key](...given) : own(value(scope), key));
      return postfix(
        !tokens[next]?.string && tokens[next]?.text === "(" ? called(method) : (scope) => own(value(scope), key),
      );
    }
    if (take("[")) {
      const key = ternary();
      need("]");
      return postfix((scope) => own(value(scope), key(scope)));
    }
    return value;
  };
  const whole = ternary();
  return next < tokens.length ? fail() : whole;
}

const compiled = new Map();

/** Whether a condition holds; `unknown` for one that cannot be read. Scope: {doc, parent, frappe}. */
export function holds(condition, scope, unknown = true) {
  const text = condition.trim();
  if (!text.startsWith("eval:"))
    return /^\w+$/.test(text)
      ? Array.isArray(scope.doc[text])
        ? scope.doc[text].length > 0
        : Boolean(scope.doc[text])
      : unknown;
  try {
    if (!compiled.has(text)) compiled.set(text, compile(text.slice(5).replace(/;\s*$/, "")));
    return Boolean(compiled.get(text)(scope));
  } catch {
    return unknown;
  }
}
