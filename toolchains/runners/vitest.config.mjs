// oxlint-disable-next-line import/no-default-export -- what the runner wants
export default { test: { include: ["*.vitest.mjs"], watch: false } };
