/** The page's script in one text, made of `page/main.ts`: `scripts/bundle.mjs` puts it here. */
export const SCRIPT: string = "";
