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

// identical: only equal pixels pass. screenshot: Playwright's options, such as fullPage.
// ignore: what is left out of the comparison, a list of boxes in pixels of the picture, and of locators.
// mask: a list of locators that are left out, too, as in toHaveScreenshot().
// The other options are those of the API, such as threshold or allow_pixels.
export async function toLookLike(received, name, settings = {}) {
  const { identical = false, screenshot = {}, ignore = [], mask = [], ...options } = settings;
  const update = UPDATE && !this.isNot;
  const still = { animations: "disabled", ...screenshot };
  const actual = Buffer.isBuffer(received) ? received : await received.screenshot(still);
  const boxes = await areas(received, [...ignore, ...mask], still);
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

  const report = await compare(name, expected, actual, { ...options, ignore: boxes });
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

// The boxes of areas, each a box or a locator, in pixels of the picture of `received`.
async function areas(received, listed, screenshot) {
  const boxes = listed.map(async (area) => {
    if (!area.boundingBox) return [area];
    const elements = await Promise.all((await area.all()).map((element) => element.boundingBox()));
    const { x, y, ratio, margin } = await frame(received, area.page(), screenshot);
    return elements
      .filter(Boolean) // without those that are not shown
      .filter((box) => box.width > 0 && box.height > 0)
      .map((box) => [box.x - x - margin, box.y - y - margin, box.width + 2 * margin, box.height + 2 * margin])
      .map((box) => box.map((number) => number * ratio));
  });
  return (await Promise.all(boxes)).flat();
}

// Where the picture begins in the viewport, how many of its pixels make a pixel of CSS, and how far around an element
// its pixels may reach: a picture of a dense screen that is reduced to pixels of CSS mixes neighbours.
async function frame(received, page, { fullPage, clip = { x: 0, y: 0 }, scale = "device" }) {
  const view = await page.evaluate(() => ({ x: -scrollX, y: -scrollY, ratio: devicePixelRatio }));
  const ratio = scale === "css" ? 1 : view.ratio;
  const margin = ratio < view.ratio ? 1 : 0;
  if (received.boundingBox) return { ...(await received.boundingBox()), ratio, margin };
  const { x, y } = fullPage ? view : { x: 0, y: 0 };
  return { x: x + clip.x, y: y + clip.y, ratio, margin };
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
