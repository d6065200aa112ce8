/**
 * Formats the desk's scripts, 120 columns wide: `node scripts/format_desk.mjs` writes them; with `--check` it writes
 * nothing, names those that it would change, and fails if there are any. Others may be named: `… pages/list.js`.
 *
 * Prettier does it, which `make test` fetches with npm. What it is told here is htm: html`…` is laid out as JSX is, an
 * element that does not fit in a line has a line for each attribute and each child. htm drops white space with a line
 * break at the edges of a text and keeps any other; so a space that would be at such an edge is written ${" "}, and
 * markup means what it meant. Imports stand in the order of their folders, and lists of words fill their lines.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DESK = join(ROOT, "frappe_lite", "desk");
const WIDTH = 120;
const PRETTIER = join(ROOT, ".venv", "js", "node_modules", "prettier");

const prettier = await import(join(PRETTIER, "index.mjs"));
const { parsers } = await import(join(PRETTIER, "plugins", "babel.mjs"));
const { printers } = await import(join(PRETTIER, "plugins", "estree.mjs"));
const { fill, group, hardline, ifBreak, indent, join: joined, line, softline } = prettier.doc.builders;

// --- reading a template ------------------------------------------------------------------------------------

const FIRST_HOLE = 0xe000; // an expression is one character while its template is read: of those that are in no text
const HOLES = "\\ue000-\\uf8ff";
const OPENING = new RegExp(
  String.raw`<(?<tag>[${HOLES}]|[^\s/>]+)|(?<end>/?>)|(?<spread>\.\.\.[${HOLES}])|` +
    String.raw`(?<attribute>[^\s=/>]+(?:=(?:"[^"]*"|'[^']*'|[^\s>]+))?)`,
  "suy",
);
const WORDS = new RegExp(`[^<${HOLES}]+`, "uy");
const EDGES = /^\s*\n\s*|\s*\n\s*$/gu;

const isHole = (character) => character >= "\ue000" && character <= "\uf8ff";
const holeAt = (text, at) => text.charCodeAt(at) - FIRST_HOLE;

/** A template as nodes: {text}, {hole}, {tag, attributes, children}; `text` has a character for each hole. */
function parse(text) {
  let at = 0;
  const next = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) throw new SyntaxError(`htm cannot read: ${text.slice(at, at + 40)}`);
    at = pattern.lastIndex;
    return found;
  };
  const element = () => {
    const { tag } = next(OPENING).groups;
    const attributes = [];
    for (;;) {
      next(/\s*/uy);
      const { end, spread, attribute } = next(OPENING).groups;
      if (end) return { tag, attributes, children: end === ">" ? children(tag) : [] };
      attributes.push(spread ?? attribute);
    }
  };
  const children = (parent) => {
    const found = [];
    while (at < text.length) {
      if (text.startsWith("</", at)) {
        next(/<\/[^>]*>/uy);
        return found;
      }
      if (text[at] === "<") found.push(element());
      else if (isHole(text[at])) found.push({ hole: holeAt(text, at++) });
      else found.push({ text: next(WORDS)[0] });
    }
    if (parent) throw new SyntaxError(`<${parent}> does not end`);
    return found;
  };
  return children();
}

/** What nodes show: {parts: [[before, node]], after}, a word of a text being {word}. `before` and `after` are "space" for
 *  one that is shown, "word" between two words, "break" for a line break that shows nothing, or "". */
function shown(nodes, isSpace) {
  const parts = [];
  let before = "";
  const put = (node) => {
    parts.push([before, node]);
    before = "";
  };
  for (const node of nodes) {
    if (node.text === undefined) {
      if (isSpace(node)) before = "space";
      else put(node);
      continue;
    }
    const text = node.text.replace(EDGES, "");
    if (/^\s*\n/u.test(node.text)) before ||= "break";
    if (/^\s/u.test(text)) before = "space";
    for (const word of text.split(/\s+/u).filter(Boolean)) {
      put({ word });
      before = "word";
    }
    if (before === "word") before = /\s$/u.test(text) ? "space" : /\n\s*$/u.test(node.text) ? "break" : "";
  }
  return { parts, after: before };
}

// --- laying it out -----------------------------------------------------------------------------------------

const SPACE = '${" "}';
const isTemplate = (node) => node?.type === "JSXElement";
const ASIDE = new Set(["loc", "comments", "markup", "extra"]);

/** Whether there is a template in an expression. */
const holds = (node) =>
  Boolean(node) &&
  typeof node === "object" &&
  (isTemplate(node) || Object.entries(node).some(([key, each]) => !ASIDE.has(key) && holds(each)));

/** The document of html`…`. */
function template({ markup, expressions }, path, print) {
  const isSpace = ({ hole }) => expressions[hole]?.type === "StringLiteral" && expressions[hole].value === " ";
  const isBlock = ({ tag, hole }) => Boolean(tag) || holds(expressions[hole]);
  const expression = (hole) => ["${", path.call(print, "expressions", hole), "}"];
  const filled = (text) => [...text].map((each) => (isHole(each) ? expression(holeAt(each, 0)) : each));
  const one = (node) => node.word ?? (node.tag ? element(node) : expression(node.hole));

  const content = (nodes) => {
    const { parts, after } = shown(nodes, isSpace);
    const lines = [];
    parts.forEach(([before, node], index) => {
      const last = parts[index - 1]?.[1];
      const blocks = last ? isBlock(last) + isBlock(node) : 0;
      if (!last) lines.push(one(node));
      else if (before === "space") lines.push([ifBreak(SPACE), line], one(node));
      else if (before === "word") lines.push(line, one(node));
      else if (before === "break" || blocks === 2) lines.push(hardline, one(node));
      else if (blocks || !(last.word || node.word)) lines.push(softline, one(node));
      else lines.push([lines.pop(), one(node)]);
    });
    const edge = ifBreak(SPACE, " ");
    return [parts[0]?.[0] === "space" ? edge : "", fill(lines), after === "space" ? edge : ""];
  };
  const element = ({ tag, attributes, children }) => {
    const name = filled(tag);
    const given = attributes.length ? indent([line, joined(line, attributes.map(filled))]) : "";
    if (!children.some((each) => each.text?.replace(EDGES, "") !== "")) return group(["<", name, given, line, "/>"]);
    const start = group(["<", name, given, attributes.length ? softline : "", ">"]);
    return group([start, indent([softline, content(children)]), softline, isHole(tag) ? "<//>" : ["</", name, ">"]]);
  };
  return group(["html`", indent([softline, content(markup)]), softline, "`"]);
}

const SHORT = new Set(["StringLiteral", "NullLiteral", "Identifier", "BooleanLiteral"]);

/** What a condition chooses from, conditions among it included; nothing of another node. */
const branches = (node) =>
  node.type === "ConditionalExpression"
    ? [node.consequent, node.alternate].flatMap((each) => [each, ...branches(each)])
    : [];

/** condition ? html`…` : other: one after the other if one of them is a word, else each in a line of its own. */
function choice({ node, parent }, print) {
  const [test, yes, no] = [group(print("test")), print("consequent"), print("alternate")];
  const isShort = [node.consequent, node.alternate].some((each) => SHORT.has(each.type));
  const made = isShort ? [test, " ? ", yes, " : ", no] : group([test, indent([line, "? ", yes, line, ": ", no])]);
  const isBranch = parent.type === "ConditionalExpression" && parent.test !== node;
  const isBody = parent.type === "ArrowFunctionExpression"; // whose printer sets parentheses itself
  return node.extra?.parenthesized && !isBranch && !isBody ? ["(", made, ")"] : made;
}

/** Words, as many in a line as there is room for; Prettier does so with numbers only. */
const isWords = (node) =>
  node.type === "ArrayExpression" &&
  node.elements.length > 1 &&
  node.elements.every((each) => each?.type === "StringLiteral" && !each.comments);

function words(path, print) {
  const printed = path.map(print, "elements");
  const lines = printed.flatMap((each, at) => (at < printed.length - 1 ? [[each, ","], line] : [each]));
  return group(["[", indent([softline, fill(lines)]), ifBreak(","), softline, "]"]);
}

/** Have html`…` go for JSX: Prettier breaks no line before one that is returned, passed on, or behind `&&` or `=>`. */
function mark(node) {
  if (!node || typeof node !== "object") return;
  for (const each of Object.values(node)) mark(each);
  if (node.type !== "TaggedTemplateExpression" || node.tag.name !== "html") return;
  const { quasis, expressions } = node.quasi;
  const texts = quasis.map(({ value, tail }, at) => value.raw + (tail ? "" : String.fromCharCode(FIRST_HOLE + at)));
  Object.assign(node, { type: "JSXElement", markup: parse(texts.join("")), expressions, children: [] });
  delete node.quasi;
  delete node.tag;
}

const htm = {
  parsers: {
    babel: {
      ...parsers.babel,
      async parse(text, options) {
        const tree = await parsers.babel.parse(text, options);
        mark(tree.program);
        return tree;
      },
    },
  },
  printers: {
    estree: {
      ...printers.estree,
      embed: undefined,
      getVisitorKeys: (node, without) =>
        isTemplate(node) ? ["expressions"] : printers.estree.getVisitorKeys(node, without),
      print(path, options, print, ...given) {
        const { node } = path;
        if (isTemplate(node)) return template(node, path, print);
        if (isWords(node)) return words(path, print);
        const isChoice =
          node.type === "ConditionalExpression" && [path.parent, node].flatMap(branches).some(isTemplate);
        return isChoice ? choice(path, print) : printers.estree.print(path, options, print, ...given);
      },
    },
  },
};

// --- the imports -------------------------------------------------------------------------------------------

const FOLDERS = ["vendor", "model", "controls", "parts", "views", "pages"]; // each is built upon those before it
const IMPORTS = /^import [^;]*;[^\n]*\n(?:\n*import [^;]*;[^\n]*\n)*/mu;

/** The imports at the top by the folders that they are from, then by their names. */
function inOrder(text, path) {
  const key = (each) => {
    const place = join(dirname(path), /"([^"]*)";[^\n]*$/u.exec(each)[1]);
    return [FOLDERS.indexOf(basename(dirname(place))), basename(place)];
  };
  return text.replace(IMPORTS, (block) =>
    [...block.matchAll(/^import [^;]*;[^\n]*\n/gmu)]
      .map(([each]) => ({ each, key: key(each.trimEnd()) }))
      .sort(({ key: [a, one] }, { key: [b, other] }) => a - b || (one < other ? -1 : one > other ? 1 : 0))
      .map(({ each }) => each)
      .join(""),
  );
}

// --- the command -------------------------------------------------------------------------------------------

const options = process.argv.slice(2);
const named = options.filter((each) => !each.startsWith("--")).map((each) => resolve(each));
const all = () =>
  readdirSync(DESK, { recursive: true, encoding: "utf8" })
    .filter((each) => each.endsWith(".js") && !each.startsWith("vendor"))
    .map((each) => join(DESK, each));

const format = (text) => prettier.format(text, { parser: "babel", printWidth: WIDTH, plugins: [htm] });

for (const path of named.length ? named : all().sort()) {
  const text = readFileSync(path, "utf8");
  const made = await format(await format(inOrder(text, path))); // again: whether it breaks a chain of calls depends on how it stood
  if (made === text) continue;
  console.log(path);
  if (options.includes("--check")) process.exitCode = 1;
  else writeFileSync(path, made);
}
