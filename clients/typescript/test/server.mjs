// A real server for tests: the program named by MERCATO_BIN, on a data folder of its own.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const program = process.env.MERCATO_BIN;

/** Why tests against a server are skipped, or false. */
export const skip = program ? false : "MERCATO_BIN does not name a mercato binary";

/** Starts a server; ends with `stop`. */
export async function start() {
  const folder = await mkdtemp(join(tmpdir(), "mercato-client-"));
  const key = "mk_of_a_test";
  const child = spawn(program, ["--json", "--data-dir", folder, "serve", "--bind", "127.0.0.1:0"], {
    env: { ...process.env, MERCATO_ADMIN_KEY: key, MERCATO_LOG: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`mercato ended with ${code}`)));
  });
  const stop = async () => {
    child.removeAllListeners("exit");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { url: JSON.parse(line).url, key, stop };
}

/** Asks until `isGood` holds of the answer: words of new items are searchable within a second. */
export async function eventually(ask, isGood) {
  for (let left = 100; ; left--) {
    const answer = await ask();
    if (isGood(answer) || left === 0) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
