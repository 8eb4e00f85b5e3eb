// Writes src/schema.ts from the server's description of its API; with --check, only says whether it is current.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const description = new URL("../../../crates/server/src/tests/openapi.json", import.meta.url);
const target = new URL("../src/schema.ts", import.meta.url);

const document = JSON.parse(await readFile(description, "utf8"));
for (const methods of Object.values(document.paths)) {
  // The ids are names of handlers, several of which are called alike; without them each operation stands at its path.
  for (const operation of Object.values(methods)) delete operation.operationId;
}
const types = astToString(await openapiTS(document, { defaultNonNullable: false, emptyObjectsUnknown: true }));
const text = `// Made by \`npm run generate\` from the server's OpenAPI document. Not to be changed by hand.\n\n${types}`;

if (!process.argv.includes("--check")) {
  await writeFile(target, text);
} else if ((await readFile(target, "utf8").catch(() => "")) !== text) {
  console.error("clients/typescript: src/schema.ts is not current; run `npm run generate` there and commit it");
  process.exit(1);
}
