/** `@std/assert` from its npm republication; CONTRIBUTING.md has the one-line swap to JSR. */
// @ts-types="./assert.d.ts"
export * from "deno-std/assert/mod.js";
