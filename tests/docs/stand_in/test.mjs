// What @playwright/test does with tests and matchers, on the playwright-core that the Python package brings: a fresh
// machine has no npm package. Every address shows page.html of the working folder.

import { readFile } from "node:fs/promises";

const tests = [];
const matchers = {};

export function test(title, body) {
  tests.push({ title, body });
}

export function expect(received) {
  return { ...bound(received, false), not: bound(received, true) };
}

expect.extend = (more) => Object.assign(matchers, more);

function bound(received, isNot) {
  const call = (matcher) => async (...parameters) => {
    const { pass, message } = await matcher.call({ isNot, promise: "" }, received, ...parameters);
    if (Boolean(pass) === isNot) throw new Error(message());
  };
  return Object.fromEntries(Object.entries(matchers).map(([name, matcher]) => [name, call(matcher)]));
}

export async function runAll(launch) {
  let browser;
  let failed = 0;
  for (const { title, body } of tests) {
    if (body.length) browser ??= await launch(); // as there, a browser is for tests that take a page
    const page = await browser?.newPage();
    const html = await readFile("page.html", "utf8").catch(() => "");
    await page?.route("**/*", (route) => route.fulfill({ contentType: "text/html", body: html }));
    try {
      await body({ page });
      console.log(`passed: ${title}`);
    } catch (error) {
      failed += 1;
      console.log(`failed: ${title}\n${error.message}`);
    }
    await page?.close();
  }
  await browser?.close();
  return failed;
}
