/**
 * Names and foreign texts in messages. Whoever names a context after a request's path must not write lines of his own
 * into a log, nor colours into a terminal.
 *
 * @module
 */

/** Controls, ends of lines, marks of direction and other invisible characters, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Nearly every text is plain, and needs no better look. */
const MAY_BE_UNSAFE = /[^\x20-\x7e]/;

/** A name longer than this is cut. */
export const LONGEST_NAME = 120;

/** A text on one line, with everything escaped that is not simply seen, and cut if it is longer than `most`. */
export function oneLine(text: string, most = LONGEST_NAME): string {
  const some = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return MAY_BE_UNSAFE.test(some) ? some.replace(UNSAFE, escaped) : some;
}

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!.toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A service or one of its members, as messages name it. */
export function nameOf(service: string, member: PropertyKey | undefined): string {
  return member === undefined ? oneLine(service) : `${oneLine(service)}.${oneLine(String(member))}`;
}
