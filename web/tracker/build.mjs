// Builds m.js to the path that is given, and refuses one that has grown too large for a snippet.
import { rename, stat } from "node:fs/promises";
import { build } from "esbuild";

/** 3 KB, as it travels where nothing compresses it. */
const BYTES_MAX = 3000;

const target = process.argv[2];
const source = new URL("src/m.ts", import.meta.url).pathname;
await build({ entryPoints: [source], outfile: `${target}.new`, minify: true, bundle: true, format: "iife", target: "es2021", logLevel: "warning" });
const { size } = await stat(`${target}.new`);
if (size > BYTES_MAX) {
  console.error(`tracker: m.js has ${size} bytes, at most ${BYTES_MAX} are wanted; it is left as ${target}.new`);
  process.exit(1);
}
await rename(`${target}.new`, target);
console.log(`m.js: ${size} bytes`);
