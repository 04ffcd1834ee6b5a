// oxlint-disable-next-line import/no-default-export -- what the runner wants
export default {
  testMatch: ["**/*.jest.mjs"],
  transform: {},
  testEnvironment: "node",
  moduleFileExtensions: ["mjs", "js", "json"],
};
