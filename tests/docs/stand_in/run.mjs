// npx playwright test: runs tests/*.spec.js of the working folder. CORE is the folder of playwright-core.

import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { runAll } from "@playwright/test";

const { chromium } = await import(`${process.env.CORE}/index.mjs`);
for (const file of (await readdir("tests")).filter((name) => name.endsWith(".spec.js"))) {
  await import(resolve("tests", file));
}
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const launch = () => chromium.launch({ executablePath: process.env.BROWSER_PATH, args });
process.exitCode = (await runAll(launch)) ? 1 : 0;
