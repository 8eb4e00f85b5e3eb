// The examples of README.md: each block of code is run, and must print the block that follows it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { skip, start } from "./server.mjs";

const END = "-- end of block --";

test("the examples of the README print what it says", { skip }, async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/```js\n([^]*?)```\n\n```text\n([^]*?)```/g)].map(([, code, output]) => ({ code, output }));
  assert.ok(blocks.length >= 6, `only ${blocks.length} blocks`);
  const imports = blocks.map(({ code }) => (code.match(/^import .*$/gm) ?? []).join("\n"));
  const [first, ...others] = blocks.map(({ code }) => `${code.replace(/^import .*$/gm, "")}\nconsole.log("${END}");\n`);
  // Words of new items are searchable within a second; nobody would write that wait into a shop's page.
  const settled = "while ((await shop.search({ query: '红色连衣裙', record: false })).total === 0) {}\n";
  const script = [...imports, first, settled, ...others].join("\n");
  const file = new URL(`./readme-${process.pid}.mjs`, import.meta.url);
  const server = await start();
  try {
    await writeFile(file, script);
    const env = { ...process.env, MERCATO_URL: server.url, MERCATO_KEY: server.key };
    const run = spawnSync(process.execPath, [fileURLToPath(file)], { env, encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    const printed = run.stdout.split(`${END}\n`).slice(0, -1);
    assert.deepEqual(printed, blocks.map(({ output }) => output));
  } finally {
    await rm(file, { force: true });
    await server.stop();
  }
});
