// The report page: connects the stage, the list, the controls and the keys.

import { Address } from "viewer/address.js";
import { commands } from "viewer/commands.js";
import { bind } from "viewer/controls.js";
import { Gestures } from "viewer/gestures.js";
import { Ignoring } from "viewer/ignoring.js";
import { listen } from "viewer/keys.js";
import { connect, drawIgnored, outline, twinCursor, within } from "viewer/overlay.js";
import { blink } from "viewer/modes.js";
import { Regions } from "viewer/regions.js";
import { Stage } from "viewer/stage.js";
import { State } from "viewer/state.js";

const find = (selector) => document.querySelector(selector);
const pair = JSON.parse(find("#pair").textContent);
const state = new State();
const stage = new Stage(find("#stage"), pair, state);
const { camera } = stage;

blink(state);
// On a small screen two pictures side by side are too small.
if (matchMedia("(max-width: 640px)").matches) state.set({ mode: "swipe" });
const maps = ["ssim_map", "lpips_map"].filter((name) => name in pair.pictures);
state.set({ ignored: pair.ignored, map: maps[0] });

const list = find("#changes");
const regions = list ? new Regions(list, pair.regions, state, camera) : null;
const panel = find("#ignoring");
const ignoring = panel ? new Ignoring(panel, pair, state, camera, () => stage.draw()) : null;
const address = new Address(state, camera, pair.regions.length, maps);

const gestures = new Gestures(stage, find("#stage"), state, {
  drawing: () => ignoring?.drawing ?? false,
  draft: (from, to, done) => ignoring.span(from, to, done),
  pick: (point) => state.set({ chosen: regions?.at(point, 6 / camera.scale)?.number ?? 0 }),
  hovered: () => stage.draw(),
});

state.on(["chosen", "pointed", "least", "hidden", "outlines", "ignored"], () => stage.draw());
stage.onmove = () => {
  address.update();
  find("#stage").dataset.zoomed = String(!camera.fitted);
};
stage.above((context, frames) => {
  for (const frame of frames) {
    within(context, frame, () => {
      drawIgnored(context, camera, state.ignored);
      if (ignoring?.draft) drawIgnored(context, camera, [ignoring.draft], "draft");
      if (regions && state.mode !== "matches") outline(context, camera, regions.all, (region) => regions.look(region));
      const { hover } = gestures;
      const elsewhere = hover && frames.length === 2 && hover.frame.index !== frame.index;
      if (elsewhere) twinCursor(context, hover, frame.index ? "b" : "a");
    });
  }
  if (state.mode === "matches") connect(context, camera, pair.matches, frames);
});

const copyLink = bind({ find, state, stage, gestures, address });
for (const button of document.querySelectorAll("li .ignore")) {
  const { box, moved_to: target } = pair.regions[button.closest("li").dataset.region - 1];
  button.addEventListener("click", () => ignoring.add(...[box, target].filter(Boolean)));
}
listen(commands({ find, state, camera, regions, ignoring, copyLink }), find("#keys"));
address.restore();
find("#viewer").dataset.ready = "true";
