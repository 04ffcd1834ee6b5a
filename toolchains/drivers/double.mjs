/** What a worker of piscina does. */
export const double = (n) => n * 2;
