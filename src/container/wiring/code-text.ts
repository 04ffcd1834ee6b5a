/*
 * The text of a function, as far as it tells what runs when the function is called. It is read, and never run.
 */

const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/y;
const STRING = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
/** A text of a template: from its beginning or a `}`, to its end or a `${`. */
const PIECE = /[`}](?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;
/** What a slash after it divides. */
const DIVIDED =
  /(?:[)\]}"]|(?<![\w$])(?!(?:await|case|delete|do|else|in|instanceof|new|of|return|throw|typeof|void|yield)\b)[\w$]+)\s*$/;

/** Blanks out comments, strings, regular expressions, and templates but for what is in their `${…}`. */
export function codeOnly(text: string): string {
  let code = "";
  let i = 0;
  /** How many braces are open within each `${…}` around the place. */
  const open: number[] = [];
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = i;
    const [found] = pattern.exec(text) ?? [""];
    i += found.length;
    return found;
  };
  while (i < text.length) {
    const first = text[i]!;
    const piece = first === "`" || (first === "}" && open.at(-1) === 0) ? take(PIECE) : "";
    if (piece !== "") {
      if (first === "}") open.pop();
      if (piece.endsWith("{")) open.push(0);
      code += `${first === "`" ? "(" : ""}${piece.endsWith("{") ? "+" : ")"}`;
    } else if (take(COMMENT) !== "") {
      code += " ";
    } else if (take(STRING) !== "" || (first === "/" && !DIVIDED.test(code.slice(-80)) && take(REGEX) !== "")) {
      code += '""';
    } else {
      if (open.length > 0 && (first === "{" || first === "}")) open.push(open.pop()! + (first === "{" ? 1 : -1));
      code += first;
      i++;
    }
  }
  return code;
}

/** Removes functions and classes within, which run later. */
export function withoutFunctions(code: string): string {
  let text = code;
  for (let open = text.indexOf("{"); open >= 0; open = text.indexOf("{", open)) {
    const from = headOf(text.slice(0, open));
    if (from === undefined) {
      open++;
      continue;
    }
    const end = endOf(text, open);
    text = text.slice(0, from) + (end < 0 ? "" : text.slice(end + 1));
    open = from;
  }
  return text.replaceAll(/=>[^;]*/g, "");
}

/** Where the head of a function or class ends or its parameters begin, if the brace of its body comes next. */
function headOf(before: string): number | undefined {
  const ofOther = /(?:=>|\bclass\b[^(){};]*)\s*$/.exec(before);
  if (ofOther !== null) return ofOther.index;
  if (!/\)\s*$/.test(before)) return undefined;
  const from = beginOf(before, before.lastIndexOf(")"));
  return /\b(?:if|for|while|switch|catch|with|await)\s*$/.test(before.slice(0, from)) ? undefined : from;
}

/** Where the bracket that opens at `open` is closed; -1 if it is not. */
export function endOf(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if ("([{".includes(text[i]!)) depth++;
    else if (")]}".includes(text[i]!) && --depth === 0) return i;
  }
  return -1;
}

/** Where the bracket is opened that is closed at `close`. */
function beginOf(text: string, close: number): number {
  let i = close;
  for (let depth = 1; depth > 0 && i > 0;) {
    i--;
    if (")]}".includes(text[i]!)) depth++;
    else if ("([{".includes(text[i]!)) depth--;
  }
  return i;
}
