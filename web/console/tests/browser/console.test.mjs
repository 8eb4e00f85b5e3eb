// What people do in the console, in a real browser against a real server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { axeFaults, done, EVIL, fill, KEY, missing, openPage, settled, SHOP, shot, signIn, startConsole } from "./harness.mjs";

const SECTIONS = ["overview", "live", "merchandising", "queries?by=rising", "history", "strategies", "catalogue", "catalogue/quality", "catalogue/duplicates", "catalogue/reviews", "catalogue/item/boots-1", "workbench?q=boots", "queries", "synonyms",
  "recommend?kind=similar&items=boots-1", "models", "models/recommenders", "experiments", "experiments/new", "online", "settings", "keys"];
const why = missing();
const it = (name, run) => test(name, { skip: why ?? false, timeout: 180_000 }, run);
let console_, at, goTo, ask;

before(async () => {
  if (why) return;
  console_ = await startConsole();
  ({ at, goTo, ask } = console_);
  await fill(ask);
});

after(() => console_?.stop());

/** The numbers of a waterfall: what each bar adds, the sums, and what it says of them. */
async function waterfall(page) {
  await page.locator(".waterfall figcaption").waitFor();
  return page.locator(".waterfall").evaluate((figure) => {
    const number = (cell) => Number(cell.textContent.replace("−", "-").replaceAll(",", ""));
    const rows = [...figure.querySelectorAll("tbody tr")].map((row) => ({ kind: row.className, cells: [...row.querySelectorAll("td.number")].map(number) }));
    return { rows, says: figure.querySelector("figcaption").textContent, isFault: figure.querySelector("figcaption").className === "error" };
  });
}

function addsUp({ rows, isFault }) {
  const [score, ...none] = rows.filter((row) => row.kind === "score");
  const added = rows.filter((row) => row.kind !== "score").reduce((sum, row) => sum + row.cells[0], 0);
  assert.equal(none.length, 0);
  assert.ok(rows.length > 1 && !isFault);
  assert.ok(Math.abs(added - score.cells[1]) < 0.01 * Math.max(1, Math.abs(score.cells[1])), `${added} against ${score.cells[1]}`);
}

it("a wrong key is refused, the right one opens the shop and stays in the tab", async () => {
  const opened = await openPage(console_.browser, console_.url);
  const { page } = opened;
  await signIn(page, "mk_wrong");
  await page.getByRole("alert").filter({ hasText: "no such key" }).waitFor();
  await shot(page, "signin-refused");
  await signIn(page);
  await page.getByText("Events in the log").waitFor();
  assert.match(await page.locator(".figures").first().innerText(), /Items\s+26/);
  const kept = await page.evaluate(() => ({ session: { ...sessionStorage }, local: { ...localStorage }, address: location.href }));
  assert.equal(kept.session["mercato.key"], KEY);
  assert.ok(!JSON.stringify([kept.local, kept.address]).includes(KEY));
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Administrator's key").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await done(opened);
});

it("every section shows itself, asks no other host, and has no serious fault for screen readers, light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const opened = await at("overview", { colorScheme });
    const { page } = opened;
    for (const section of SECTIONS) {
      await goTo(page, section);
      await page.waitForTimeout(300);
      await settled(page);
      await shot(page, `${section.replace(/\W+/g, "-")}-${colorScheme}`, { fullPage: true });
      assert.equal(await page.locator("main .failure").count(), 0, `${section}: ${await page.locator("main .failure").allInnerTexts()}`);
      assert.deepEqual(await axeFaults(page), [], `${section}, ${colorScheme}`);
    }
    await done(opened);
  }
});

it("nothing in a title becomes markup", async () => {
  const opened = await at("workbench?q=evil%20boots");
  const { page } = opened;
  await page.locator('[data-side="A"] li').first().waitFor();
  assert.equal(await page.locator('[data-side="A"] li[data-id="evil"] .title').innerText(), EVIL);
  for (const section of ["catalogue?q=evil", "catalogue/item/evil", "catalogue/quality", "recommend?kind=new"]) {
    await goTo(page, section);
    assert.ok((await page.locator("main").innerText()).includes("<script>") || section.includes("quality"), section);
  }
  assert.equal(await page.evaluate(() => window.evil), undefined);
  await done(opened);
});

it("the workbench compares two ways to answer, explains and judges by keyboard", async () => {
  const opened = await at("workbench");
  const { page } = opened;
  await page.getByLabel("Query", { exact: true }).fill("waterproof boots");
  await page.keyboard.press("Enter");
  await page.locator('[data-side="B"] li').first().waitFor();
  const ids = await page.locator('[data-side="A"] > li').evaluateAll((rows) => rows.map((row) => row.dataset.id));
  await page.locator('[data-side="A"] > li').first().focus();
  for (const key of ["1", "3", "0"]) await page.keyboard.press(key);
  const value = () => page.locator(".column.a .ndcg .value").innerText();
  // Gains 1, 3, 0 against the best order 3, 1, 0, both by the discount 1 / log2(rank + 1).
  const expected = (1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3));
  assert.equal(await value(), expected.toFixed(3));
  for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "Backspace"]) await page.keyboard.press(key);
  assert.equal(await value(), (3 / Math.log2(3) / 3).toFixed(3));
  await page.keyboard.press("Enter");
  addsUp(await waterfall(page));
  await shot(page, "explanation-en");
  await page.keyboard.press("Escape");
  const files = [];
  page.on("download", (download) => files.push(download));
  await page.getByRole("button", { name: "Export both files" }).click();
  while (files.length < 2) await page.waitForEvent("download", { timeout: 10_000 }).catch(() => null);
  const texts = Object.fromEntries(await Promise.all(files.map(async (file) => [file.suggestedFilename(), await readFile(await file.path(), "utf8")])));
  assert.equal(texts["queries.jsonl"], '{"id":"q1","text":"waterproof boots"}\n');
  assert.equal(texts["judgements.csv"], `query_id,item_id,gain\nq1,${ids[1]},3\nq1,${ids[2]},0\n`);
  await done(opened);
});

it("what the server refuses in a side's settings stands at its field", async () => {
  const opened = await at("workbench?q=boots");
  const { page } = opened;
  await page.locator(".column.a summary").click();
  await page.locator(".column.a").getByLabel("Cut-off").fill("7");
  await page.locator(".column.a .field.wrong .error").filter({ hasText: "cutoff" }).waitFor();
  await page.locator(".column.a").getByLabel("Cut-off").fill("");
  await page.locator(".column.a").getByLabel("Filter").fill("price <");
  await page.locator(".column.a .field.wrong").filter({ hasText: "Filter" }).waitFor();
  await page.locator(".column.a").getByLabel("Filter").fill("price < 75");
  await page.locator('[data-side="A"] li').first().waitFor();
  assert.ok((await page.locator('[data-side="A"] > li').count()) < (await page.locator('[data-side="B"] > li').count()));
  await done(opened);
});

it("用中文：查询、理解、解释", async () => {
  const opened = await at("overview");
  const { page } = opened;
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("link", { name: "查询工作台" }).click();
  await page.getByLabel("查询", { exact: true }).fill("防水 冲锋衣");
  await page.getByRole("button", { name: "搜索", exact: true }).click();
  await page.locator('[data-side="A"] li').first().waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  assert.match(await page.locator('[data-side="A"] .title').first().innerText(), /冲锋衣/);
  await shot(page, "workbench-zh");
  await page.locator('[data-side="A"] .score').first().click();
  const told = await waterfall(page);
  addsUp(told);
  assert.match(told.says, /各项之和等于得分/);
  await shot(page, "explanation-zh");
  await done(opened);
});

it("a query that finds nothing is mended by a synonym, one click away", async () => {
  const opened = await at("queries?by=found-nothing");
  const { page } = opened;
  const row = page.getByRole("row").filter({ hasText: "登山服" });
  await row.getByRole("button", { name: "Accept 登山服 => 冲锋衣" }).click();
  await page.getByRole("status").filter({ hasText: "finds 8 now" }).waitFor();
  await shot(page, "mended");
  assert.deepEqual((await ask("GET", `/v1/${SHOP}/synonyms`)).rules, ["登山服 => 冲锋衣"]);
  assert.equal((await ask("POST", `/v1/${SHOP}/search`, { query: "登山服", record: false })).total, 8);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("status").filter({ hasText: "Taken back" }).waitFor();
  assert.deepEqual((await ask("GET", `/v1/${SHOP}/synonyms`)).rules, []);
  await goTo(page, "synonyms");
  await page.getByLabel("New rule").fill("nonsense => =>");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.locator(".field.wrong .error").waitFor();
  await done(opened);
});

it("a recommender is trained in view, and put in force by no accident", async () => {
  const opened = await at("models/recommenders");
  const { page } = opened;
  await page.getByLabel("Methods, separated by commas").fill("popular");
  await page.getByRole("button", { name: "Begin the training" }).click();
  await page.getByText(/The training ended after/).waitFor({ timeout: 120_000 });
  const inForce = async () => (await ask("GET", `/v1/${SHOP}/recommenders`)).kinds.find((one) => one.kind === "for-you").in_force ?? null;
  const promote = page.getByRole("button", { name: "Put in force: 1" });
  await promote.click();
  await page.getByRole("dialog").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Cancel");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await promote.click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await inForce(), null);
  await promote.click();
  await shot(page, "promote");
  await page.getByRole("dialog").getByRole("button", { name: "Put in force" }).click();
  await page.getByText("Version 1 serves.").waitFor();
  assert.equal(await inForce(), 1);
  await page.getByRole("row").filter({ hasText: "popular" }).first().click();
  await page.getByText("Report of version 1").waitFor();
  await shot(page, "recommender-report", { fullPage: true });
  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await page.getByText("The shop recommends what it learns live.").first().waitFor();
  assert.equal(await inForce(), null);
  await done(opened);
});

it("settings are refused at their field, looked at before they hold, and put back", async () => {
  const opened = await at("settings");
  const { page } = opened;
  const editor = page.locator(".editor textarea");
  const before = await editor.inputValue();
  await editor.fill(before.replace('"diversity": 0,', '"diversity": 7,'));
  await page.locator(".json .error").filter({ hasText: "diversity" }).waitFor();
  assert.ok(await page.getByRole("button", { name: "Review the change" }).isDisabled());
  const line = await page.locator(".gutter .marked").innerText();
  assert.match(before.split("\n")[Number(line) - 1], /"diversity"/);
  await shot(page, "settings-refused");
  await editor.fill(before.replace('"diversity": 0,', '"diversity": 0.25,'));
  await page.getByRole("button", { name: "Review the change" }).click();
  assert.match(await page.locator(".diff ins").innerText(), /"diversity": 0.25/);
  await page.getByRole("button", { name: "Put in force" }).click();
  await page.getByRole("status").filter({ hasText: "in force" }).waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/settings`)).diversity, 0.25);
  await page.locator(".notices").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("status").filter({ hasText: "Taken back" }).waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/settings`)).diversity, 0);
  await editor.fill("{\n  nonsense");
  await page.locator(".json .error").filter({ hasText: "no JSON" }).waitFor();
  assert.ok(await page.getByRole("button", { name: "Review the change" }).isDisabled());
  await done(opened);
});

it("an experiment is refused at its field, begun, read and stopped", async () => {
  const opened = await at("experiments/new");
  const { page } = opened;
  await page.getByLabel("Name", { exact: true }).first().fill("varied-boots");
  await page.getByLabel("What it changes, as JSON").last().fill('{"diversity": 9}');
  const begin = async () => {
    await page.locator("form").getByRole("button", { name: "Begin the experiment" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Begin the experiment" }).click();
  };
  await begin();
  await page.locator(".arm .field.wrong .error").waitFor();
  await shot(page, "experiment-refused", { fullPage: true });
  await page.getByLabel("What it changes, as JSON").last().fill('{"diversity": 0.4}');
  await begin();
  await page.getByText("Too early to tell.").waitFor();
  await shot(page, "experiment", { fullPage: true });
  await page.getByRole("button", { name: "Stop…" }).click();
  await page.getByLabel("Why, for whoever reads it later").fill("only a test");
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await page.getByText("stopped: only a test").waitFor();
  assert.ok((await ask("GET", `/v1/${SHOP}/experiments/varied-boots`)).ended);
  await done(opened);
});

it("a key is shown once and revoked", async () => {
  const opened = await at("keys");
  const { page } = opened;
  await page.getByLabel("What it is for").fill("店面 storefront");
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator("code.key").innerText();
  const search = (with_) => fetch(`${console_.url}/v1/${SHOP}/search?q=boots`, { headers: { authorization: `Bearer ${with_}` } });
  assert.equal((await search(key)).status, 200);
  await page.getByRole("button", { name: "Revoke: 店面 storefront" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("opens nothing any more").waitFor();
  assert.equal((await search(key)).status, 401);
  await done(opened);
});

it("a phone shows every section without scrolling sideways", async () => {
  const opened = await at("overview", { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  const { page } = opened;
  const isDark = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  assert.equal(isDark, "rgb(22, 23, 20)");
  for (const section of SECTIONS) {
    await goTo(page, section);
    await shot(page, `phone-${section.replace(/\W+/g, "-")}`);
    const [wide, most] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= most, `${section} is ${wide} wide`);
  }
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByLabel("Appearance").selectOption("light");
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), "rgb(251, 250, 247)");
  await done(opened);
});
