/**
 * Names and foreign texts in messages. A context may be named after a request's path, which the client chooses: it must not write
 * lines into a log, nor colours into a terminal.
 *
 * @module
 */

/** A quick test: nearly every text is plain. */
const MAY_BE_UNSAFE = /[^\x20-\x7e]/;

/** A name longer than this is cut. */
export const LONGEST_NAME = 120;

/** A text on one line. Invisible characters are escaped; a text longer than `most` is cut. */
export function oneLine(text: string, most = LONGEST_NAME): string {
  const some = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return MAY_BE_UNSAFE.test(some) ? withoutUnsafe(some) : some;
}

/**
 * Without control characters, line ends, direction marks and other invisible characters, lone surrogates. The expression is made
 * here, since V8 takes a tenth of a millisecond to read it.
 */
function withoutUnsafe(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!.toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The name of a service, or of one of its members, in messages. */
export function nameOf(service: string, member: PropertyKey | undefined): string {
  return member === undefined ? oneLine(service) : `${oneLine(service)}.${oneLine(String(member))}`;
}
