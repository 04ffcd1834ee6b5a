import { processState } from "./process-state.js";

/**
 * What a context has for the bindings that it has met: a hash table in one array, as long as they need, however many
 * bindings there are in the process. A cell is four places:
 *
 * ```text
 * number of the binding | instance | entry, which knows how it ends | table of those that collide here
 * ```
 *
 * A binding's cell stands at `number & (length - 1)`: numbers count up by four, and lengths are powers of two. So the
 * forwarders find it with one comparison and no call; a Map takes twice the time. What collides stands in a table of one
 * cell, chained behind, where forwarders don't look.
 */
export type Slots = unknown[];

const CELL = 4;

/** The number of a free cell. */
const FREE = 0;

/**
 * The table of a context that holds nothing: two free cells, never written to. No forwarder reads beyond the end of an array,
 * since V8 would compile it for that too, at 7 ns a call.
 */
export const NO_SLOTS: Slots = [FREE, undefined, undefined, undefined, FREE, undefined, undefined, undefined];

/** A table grows to keep cells apart, up to so many for each one that is filled. */
const SPARSEST = 4;

/** Tables to copy, which is five times as fast as to join two; those that few contexts need are not kept. */
const SMALL = new Map([4, 8, 16].map((cells) => [cells * CELL, freeTable(cells * CELL)]));

/** The number of a new binding: never used again, so that nothing has to be given back when the binding goes. */
export function newSlot(): number {
  return (processState.lastSlot += CELL);
}

/** Where the cell of a binding belongs. */
function indexIn(table: Slots, slot: number): number {
  return slot & (table.length - 1);
}

/** The context's table, or the one chained to it that has the cell of a binding. */
function tableWith(slots: Slots, slot: number): Slots | undefined {
  const index = indexIn(slots, slot);
  if (slots[index] === slot) return slots;
  return slots[index + 3] === undefined ? undefined : chainedWith(slots[index + 3] as Slots, slot);
}

/** Of its own, so that V8 makes the way without collisions part of its callers. */
function chainedWith(first: Slots, slot: number): Slots | undefined {
  let table: Slots | undefined = first;
  while (table !== undefined && table[0] !== slot) table = chained(table, 0);
  return table;
}

/** Whether the cell of a binding may stand in a chain, and not where it belongs. */
export function hasCollided(slots: Slots, slot: number): boolean {
  return slots[indexIn(slots, slot) + 3] !== undefined;
}

function chained(table: Slots, index: number): Slots | undefined {
  return table[index + 3] as Slots | undefined;
}

/** The instance in a binding's cell, if any. */
export function instanceIn(slots: Slots, slot: number): unknown {
  const table = tableWith(slots, slot);
  return table?.[indexIn(table, slot) + 1];
}

/** The entry in a binding's cell, if any. */
export function entryIn(slots: Slots, slot: number): unknown {
  const table = tableWith(slots, slot);
  return table?.[indexIn(table, slot) + 2];
}

/** Writes the cell of a binding, if it has one. @returns whether it has */
export function rewrite(slots: Slots, slot: number, instance: unknown, entry: unknown): boolean {
  const table = tableWith(slots, slot);
  if (table === undefined) return false;
  write(table, slot, slot, instance, entry);
  return true;
}

/** Frees the cell of a binding. @returns whether it had one */
export function free(slots: Slots, slot: number): boolean {
  const table = tableWith(slots, slot);
  if (table === undefined) return false;
  write(table, slot, FREE, undefined, undefined);
  return true;
}

function write(table: Slots, slot: number, number: number, instance: unknown, entry: unknown): void {
  const index = indexIn(table, slot);
  table[index] = number;
  table[index + 1] = instance;
  table[index + 2] = entry;
}

/**
 * Adds a cell for a binding that has none.
 *
 * @param filled - how many cells there are with it
 * @returns the table, or the larger one that has taken its place
 */
export function added(slots: Slots, filled: number, slot: number, instance: unknown, entry: unknown): Slots {
  if (slots === NO_SLOTS) return firstTable(slot, instance, entry);
  let table = slots;
  while (table[indexIn(table, slot)] !== FREE && table.length < SPARSEST * CELL * filled) table = doubled(table);
  add(table, slot, instance, entry);
  return table;
}

function firstTable(slot: number, instance: unknown, entry: unknown): Slots {
  const table = NO_SLOTS.slice();
  write(table, slot, slot, instance, entry);
  return table;
}

/** Into the first free cell of its chain. */
function add(slots: Slots, slot: number, instance: unknown, entry: unknown): void {
  let table = slots;
  for (let index = indexIn(table, slot); table[index] !== FREE; index = indexIn(table, slot)) {
    table = (table[index + 3] ??= [FREE, undefined, undefined, undefined]) as Slots;
  }
  write(table, slot, slot, instance, entry);
}

/** A table twice as long: what collides in the one need not in the other. */
function doubled(slots: Slots): Slots {
  const length = 2 * slots.length;
  const table = SMALL.get(length)?.slice() ?? freeTable(length);
  for (let index = 0; index < slots.length; index += CELL) copyChain(slots, index, table);
  return table;
}

/** Copies a cell and those that collide with it. */
function copyChain(from: Slots, first: number, to: Slots): void {
  const slot = from[first] as number;
  if (slot !== FREE) add(to, slot, from[first + 1], from[first + 2]);
  const next = chained(from, first);
  if (next !== undefined) copyChain(next, 0, to);
}

function freeTable(length: number): Slots {
  let table = NO_SLOTS;
  while (table.length < length) table = table.concat(table);
  return table;
}
