/**
 * The services that are called: eight classes of the kind that applications have, each with source text of its own, so
 * that V8 keeps its feedback apart as it does for eight real classes.
 */
const text = (i) => `
  return class Service${i} {
    #hidden = ${i};
    base = ${i};
    name = "s${i}";
    rows = [{ id: ${i} }, { id: ${i + 1} }];
    /** Returns a number, as its source shows. */
    add(x) {
      return this.base + x;
    }
    /** Might return anything, itself too. */
    find(id) {
      return this.rows[id & 1];
    }
    get size() {
      return this.base;
    }
    set size(value) {
      this.base = value;
    }
    get hidden() {
      return this.#hidden;
    }
    async query(x) {
      return this.base + x;
    }
  };`;

export const makeClass = (i) => new Function(text(i))();
