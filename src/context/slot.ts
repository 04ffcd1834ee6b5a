import { processState } from "./process-state.js";

/**
 * The table of what a context has for its bindings: a hash table in one array. Its length depends on the bindings that the
 * context has used, not on those in the process. A cell has four places:
 *
 * ```text
 * number of the binding | instance | entry, which knows how it ends | table of those that collide here
 * ```
 *
 * A binding's cell stands at `number & (length - 1)`: numbers count up by four, and lengths are powers of two. So forwarders find
 * it with one comparison and no call; a Map takes twice the time. A cell that collides stands in a table of one cell, chained
 * behind, where forwarders do not look.
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

/** A table grows to keep cells apart, up to this many cells for each filled one. */
const SPARSEST = 4;

/** Small empty tables: a copy is five times as fast as joining two. Few contexts need larger ones. */
const SMALL = new Map([4, 8, 16].map((cells) => [cells * CELL, freeTable(cells * CELL)]));

/** The number of a new binding. It is never used again, so that nothing has to be given back when the binding goes. */
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

/** A function of its own, so that V8 inlines the path without collisions into its callers. */
function chainedWith(first: Slots, slot: number): Slots | undefined {
  let table: Slots | undefined = first;
  while (table !== undefined && table[0] !== slot) table = chained(table, 0);
  return table;
}

/** Whether the cell of a binding may stand in a chain. */
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

/** Writes the instance into a binding's cell, if that is where forwarders look. @returns whether it is */
export function show(slots: Slots, slot: number, instance: unknown): boolean {
  const index = indexIn(slots, slot);
  if (slots[index] !== slot) return false;
  slots[index + 1] = instance;
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
 * Adds a cell for a binding that has none yet.
 *
 * @param filled - the number of filled cells, with this one
 * @returns the table, or a larger one in its place
 */
export function added(slots: Slots, filled: number, slot: number, instance: unknown, entry: unknown): Slots {
  if (slots === NO_SLOTS) return firstTable(slot, instance, entry);
  let table = slots;
  while (table[indexIn(table, slot)] !== FREE && table.length < SPARSEST * CELL * filled) table = doubled(table);
  add(table, slot, instance, entry);
  return table;
}

function firstTable(slot: number, instance: unknown, entry: unknown): Slots {
  // As {@link NO_SLOTS}. V8 makes a literal without a call.
  const table = [FREE, undefined, undefined, undefined, FREE, undefined, undefined, undefined];
  write(table, slot, slot, instance, entry);
  return table;
}

/** Writes the first free cell of the chain. */
function add(slots: Slots, slot: number, instance: unknown, entry: unknown): void {
  let table = slots;
  for (let index = indexIn(table, slot); table[index] !== FREE; index = indexIn(table, slot)) {
    table = (table[index + 3] ??= [FREE, undefined, undefined, undefined]) as Slots;
  }
  write(table, slot, slot, instance, entry);
}

/** A table twice as long: cells that collide in the one may not collide in the other. */
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
