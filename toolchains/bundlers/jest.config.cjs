/** Everything is compiled to CommonJS, what is installed too: inversify and this package are ES modules. */
module.exports = {
  testEnvironment: "node",
  testMatch: ["**/*.test.ts"],
  transform: { "\\.[jt]s$": ["ts-jest", { tsconfig: "tsconfig.jest.json", diagnostics: { exclude: ["**/*.js"] } }] },
  transformIgnorePatterns: [],
};
