// Rules for our own ES modules. What tsc says already (unknown names, types) is not said twice.
const PARSE = "Texts of people go in as text nodes: build elements with js/dom.js.";
const LOCAL = "A page shows the service's zone, never the browser's: use js/wall.js.";

/** Members that make markup of strings, and readings of a time in the zone of whoever looks. */
const forbidden = [
  ...["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe"].map((property) => ({ property, message: PARSE })),
  { object: "document", property: "write", message: PARSE },
  ...["getHours", "getMinutes", "getDate", "getDay", "getMonth", "getFullYear", "getTimezoneOffset"].map((property) => ({ property, message: LOCAL })),
];
/** toLocale…String is for a person's machine: without a time zone it tells the wrong hour. */
const zoneless = "CallExpression[callee.property.name=/^toLocale(Date|Time)?String$/]:not(:has(Property[key.name='timeZone']))";

export default [
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-restricted-properties": ["error", ...forbidden],
      "no-restricted-syntax": ["error", { selector: zoneless, message: LOCAL }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-var": "error",
      "prefer-const": "error",
      "eqeqeq": ["error", "always", { null: "ignore" }],
      "no-shadow": "error",
      "no-unused-expressions": "error",
      "no-promise-executor-return": "error",
      "require-atomic-updates": "off",
      "max-lines": ["error", 399],
      "max-lines-per-function": ["error", { max: 60, IIFEs: true }],
      "no-restricted-globals": ["error", { name: "L", message: "Only js/map/base.js knows the map library." }],
    },
  },
];
