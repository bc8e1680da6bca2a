// A matcher for Playwright that compares pictures with the expected ones beside the tests. Register it once:
//
//   import { expect } from "@playwright/test";
//   import { toLookLike } from "./to-look-like.js";
//   expect.extend({ toLookLike });
//
// A test calls it with a page, a locator or a PNG as a Buffer, and a name:
//
//   await expect(page).toLookLike("cart");
//
// The expected picture is pictures/cart.png. UPDATE_PICTURES=1 writes it if it is missing, and replaces it if the
// picture seen does not pass.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

const SERVER = process.env.IMAGE_DIFF_URL ?? "http://127.0.0.1:8000";
const PICTURES = process.env.PICTURES ?? "pictures";
const REPORTS = process.env.PICTURE_REPORTS ?? "picture-reports"; // pictures that do not pass, with their reports
const UPDATE = process.env.UPDATE_PICTURES === "1";

// identical: only equal pixels pass. screenshot: Playwright's options, such as fullPage or mask.
// The other options are those of the API, such as ignore or threshold.
export async function toLookLike(received, name, { identical = false, screenshot = {}, ...options } = {}) {
  const update = UPDATE && !this.isNot;
  const still = { animations: "disabled", ...screenshot };
  const actual = Buffer.isBuffer(received) ? received : await received.screenshot(still);
  const file = resolve(PICTURES, `${name}.png`);
  const seen = resolve(REPORTS, `${name}.png`);
  const page = resolve(REPORTS, `${name}.html`);
  await Promise.all([rm(seen, { force: true }), rm(page, { force: true })]);

  const expected = await readFile(file).catch(() => null);
  if (!expected && update) {
    await write(file, actual);
    return result(true, `${name} is new.`);
  }
  if (!expected) {
    await write(seen, actual);
    return result(this.isNot, `${name}: there is no ${file}. To expect ${seen}: UPDATE_PICTURES=1`); // fails with .not
  }
  if (expected.equals(actual)) return result(true, `${name} is the same, byte for byte.`);

  const report = await compare(name, expected, actual, options);
  const { kind, summary } = report.verdict;
  if (kind === "identical" || (kind === "same" && !identical)) {
    await ask("DELETE", report.links.pair);
    return result(true, `${name}: ${summary}`);
  }
  if (update) {
    await write(file, actual);
    return result(true, `${name} is renewed.`);
  }
  const download = await ask("GET", report.links.download);
  await Promise.all([write(seen, actual), write(page, Buffer.from(await download.arrayBuffer()))]);
  return result(false, `${name}: ${summary}\nReport: ${SERVER}${report.links.page}\nKept: ${page}`);
}

// The report on two pictures.
async function compare(name, expected, actual, options) {
  const body = new FormData();
  body.append("a", new Blob([expected]), `${name} expected.png`);
  body.append("b", new Blob([actual]), `${name} seen.png`);
  for (const [option, value] of Object.entries(options)) {
    body.append(option, typeof value === "string" ? value : JSON.stringify(value));
  }
  return (await ask("POST", "/api/v1/evaluate", body)).json();
}

// Sends a request and returns the answer. Waits while the service is busy.
async function ask(method, address, body) {
  for (let left = 20; left > 0; left -= 1) {
    const answer = await fetch(SERVER + address, { method, body }).catch(() => {
      throw new Error(`No Image Diff answers at ${SERVER}. Start it, or set IMAGE_DIFF_URL.`);
    });
    if (answer.ok) return answer;
    if (answer.status !== 429) throw new Error(`Image Diff answered with an error: ${await answer.text()}`);
    await new Promise((wake) => setTimeout(wake, 1000 * answer.headers.get("Retry-After")));
  }
  throw new Error(`Image Diff at ${SERVER} stays busy.`);
}

function result(pass, text) {
  return { name: "toLookLike", pass, message: () => text };
}

async function write(file, data) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, data);
}
