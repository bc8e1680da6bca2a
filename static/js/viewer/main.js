// The report page: the stage, the list, the controls and the keys, tied together.

import { Address } from "viewer/address.js";
import { Gestures } from "viewer/gestures.js";
import { Ignoring } from "viewer/ignoring.js";
import { listen } from "viewer/keys.js";
import { bind } from "viewer/controls.js";
import { connect, ghost, leaveOut, outline, within } from "viewer/marks.js";
import { alone, blink, MODES } from "viewer/modes.js";
import { Regions } from "viewer/regions.js";
import { Stage } from "viewer/stage.js";
import { State } from "viewer/state.js";

const find = (selector) => document.querySelector(selector);
const pair = JSON.parse(find("#pair").textContent);
const state = new State();
const stage = new Stage(find("#stage"), pair, state);
const { camera } = stage;

blink(state);
// On a small screen two pictures beside each other are too small to tell anything.
if (matchMedia("(max-width: 640px)").matches) state.set({ mode: "swipe" });
state.set({ ignored: pair.ignored });

const list = find("#changes");
const regions = list ? new Regions(list, pair.regions, state, camera) : null;
const panel = find("#ignoring");
const ignoring = panel ? new Ignoring(panel, pair, state, camera, () => stage.draw()) : null;
const address = new Address(state, camera, pair.regions.length);

const gestures = new Gestures(stage, find("#stage"), state, {
  drawing: () => ignoring?.drawing ?? false,
  draft: (from, to, done) => ignoring.span(from, to, done),
  pick: (point) => state.set({ chosen: regions?.at(point, 6 / camera.scale)?.number ?? 0 }),
  hovered: () => stage.draw(),
});

state.on(["chosen", "least", "hidden", "outlines", "ignored"], () => stage.draw());
stage.onmove = () => {
  address.later();
  find("#stage").dataset.zoomed = String(!camera.fitted);
};
stage.above((context, frames) => {
  for (const frame of frames) {
    within(context, frame, () => {
      leaveOut(context, camera, state.ignored);
      if (ignoring?.draft) leaveOut(context, camera, [ignoring.draft], "draft");
      if (regions && state.mode !== "matches") outline(context, camera, regions.all, (region) => regions.look(region));
      const { hover } = gestures;
      if (hover && frames.length === 2 && hover.frame.index !== frame.index) ghost(context, hover, frame.index ? "b" : "a");
    });
  }
  if (state.mode === "matches") connect(context, camera, pair.matches, frames);
});

const copyLink = bind({ find, state, stage, gestures, address });
for (const button of document.querySelectorAll("li .ignore")) {
  const { box, moved_to: target } = pair.regions[button.closest("li").dataset.region - 1];
  button.addEventListener("click", () => ignoring.add(...[box, target].filter(Boolean)));
}
const pan = (right, down) => () => (ignoring?.drawing ? ignoring.nudge(right, down, true) : camera.pan(-right * 80, -down * 80));
const arrow = (right, down, otherwise) => () => (ignoring?.drawing ? ignoring.nudge(right, down, false) : otherwise?.() ?? false);

listen(
  [
    ...[...document.querySelectorAll(".modes [data-mode]")].map((button) => ({
      keys: [MODES[button.dataset.mode].key], words: button.textContent.trim(), run: () => state.set({ mode: button.dataset.mode }),
    })),
    { keys: ["ArrowLeft"], words: "Before alone", run: arrow(-1, 0, () => alone(state, "a")) },
    { keys: ["ArrowRight"], words: "After alone", run: arrow(1, 0, () => alone(state, "b")) },
    { keys: [" "], words: "Blink: play or pause", run: () => state.mode === "blink" && state.set({ playing: !state.playing }) },
    { keys: ["+", "="], shown: ["+"], words: "Zoom in", run: () => camera.zoom(1.5) },
    { keys: ["-", "_"], shown: ["-"], words: "Zoom out", run: () => camera.zoom(1 / 1.5) },
    { keys: ["0"], words: "The whole picture; once more, its full width", run: () => camera.fit() },
    { keys: ["1"], words: "One pixel of the picture for one of the screen", run: () => camera.zoom(1 / devicePixelRatio / camera.scale) },
    { keys: ["Shift+ArrowLeft"], shown: ["Shift+ArrowLeft", "Shift+ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown"], words: "Move the picture", run: pan(-1, 0) },
    { keys: ["Shift+ArrowRight"], run: pan(1, 0) },
    { keys: ["Shift+ArrowUp"], run: pan(0, -1) },
    { keys: ["Shift+ArrowDown"], run: pan(0, 1) },
    { keys: ["ArrowUp"], run: arrow(0, -1) },
    { keys: ["ArrowDown"], run: arrow(0, 1) },
    ...(regions
      ? [
          { keys: ["j"], words: "The next change", run: () => regions.step(1) },
          { keys: ["k"], words: "The change before", run: () => regions.step(-1) },
          { keys: ["x"], words: "Hide the chosen change, or show it again", run: () => state.chosen > 0 && regions.hide(state.chosen) },
          { keys: ["l"], words: "Outlines on or off", run: () => state.set({ outlines: !state.outlines }) },
        ]
      : []),
    ...(ignoring
      ? [
          { keys: ["i"], words: "Leave the chosen change out", run: () => find(`li[data-region="${state.chosen}"] .ignore`)?.click() },
          { keys: ["n"], words: "Draw an area to leave out", run: () => ignoring.draw() },
          { keys: ["Enter"], run: () => ignoring.drawing && ignoring.accept() },
        ]
      : []),
    { keys: ["c"], words: "Copy the link to this view", run: copyLink },
    { keys: ["Escape"], words: "Choose nothing", run: () => (ignoring?.drawing ? ignoring.draw(false) : state.set({ chosen: 0 })) },
    { keys: ["?"], words: "These keys", run: () => find("#keys").showModal() },
  ],
  find("#keys"),
);

address.restore();
find("#viewer").dataset.ready = "true";
