// Drawings on the pictures: outlines with numbers, arrows, ignored areas, matches, the twin of the cursor.

const CASING = "#141414";
const LINE = "#ffe646";
const CHOSEN = "#ffffff";
const A = "#6ea8ff";
const B = "#ff9d4d";
// Okabe and Ito's palette, distinguishable with any kind of colour vision.
const COLOURS = ["#e69f00", "#56b4e9", "#f0e442", "#009e73", "#cc79a7"];
const NUMBER = { font: "600 12px system-ui, sans-serif", height: 16 };

// Paint in the pane at `frame`, clipped to it and with its origin.
export function within(context, frame, paint) {
  context.save();
  context.beginPath();
  context.rect(frame.x, frame.y, frame.width, frame.height);
  context.clip();
  context.translate(frame.x, frame.y);
  paint(context);
  context.restore();
}

// Draw regions with their numbers. `look(region)`: "normal", "chosen", "faint", or null for a hidden one.
export function outline(context, camera, regions, look) {
  const visible = regions.map((region) => [region, look(region)]).filter(([, as]) => as);
  const order = { faint: 0, normal: 1, chosen: 2 };
  visible.sort(([, one], [, other]) => order[one] - order[other]);
  for (const [region, as] of visible) frame(context, onPane(camera, region.box), as);
  for (const [region, as] of visible) if (as !== "faint" && region.moved_to) arrow(context, camera, region, as);
  numbers(context, camera, visible.filter(([, as]) => as !== "faint"));
}

// Draw the numbers that overlap no earlier one, because half a number reads as another number. The chosen one is first.
function numbers(context, camera, visible) {
  const taken = [];
  const sorted = [...visible].sort(([, one], [, other]) => (other === "chosen") - (one === "chosen"));
  for (const [region, as] of sorted) {
    const rect = label(context, onPane(camera, region.box), region.number);
    if (taken.some((other) => overlap(rect, other))) continue;
    taken.push(rect);
    number(context, rect, region.number, as);
  }
}

// A box of the picture in CSS pixels of the pane, with a visible minimum size.
export function onPane(camera, box) {
  const from = camera.toPane(box);
  const size = [box.width, box.height].map((side) => Math.max(2, side * camera.scale));
  return { x: from.x, y: from.y, width: size[0], height: size[1] };
}

function frame(context, { x, y, width, height }, as) {
  const line = as === "chosen" ? 3 : 2;
  const rect = [x - line / 2, y - line / 2, width + line, height + line];
  context.setLineDash(as === "faint" ? [4, 4] : []);
  context.globalAlpha = as === "faint" ? 0.6 : 1;
  stroke(context, line, as === "chosen" ? CHOSEN : LINE, () => context.strokeRect(...rect));
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function stroke(context, width, colour, draw, casing = 2.5) {
  for (const [line, style] of [[width + casing, CASING], [width, colour]]) {
    context.lineWidth = line;
    context.strokeStyle = style;
    draw();
  }
}

// The rectangle of a number: above its box, or inside it at the top of the pane.
function label(context, box, value) {
  context.font = NUMBER.font;
  const y = box.y >= NUMBER.height + 2 ? box.y - NUMBER.height - 2 : box.y;
  return { x: box.x - 2, y, width: context.measureText(value).width + 8, height: NUMBER.height };
}

function number(context, { x, y, width, height }, value, as) {
  context.fillStyle = CASING;
  context.fillRect(x - 1, y - 1, width + 2, height + 2);
  context.fillStyle = as === "chosen" ? CHOSEN : LINE;
  context.fillRect(x, y, width, height);
  context.fillStyle = CASING;
  context.textBaseline = "middle";
  context.fillText(value, x + 4, y + height / 2 + 0.5);
}

// An arrow from the middle of the old box to the middle of the new one.
function arrow(context, camera, { box, moved_to: target }, as) {
  const [from, to] = [box, target].map((end) => camera.toPane(middle(end)));
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length < 12) return;
  context.save();
  context.translate(from.x, from.y);
  context.rotate(Math.atan2(to.y - from.y, to.x - from.x));
  context.lineJoin = "round";
  stroke(context, 2, as === "chosen" ? CHOSEN : LINE, () => {
    context.stroke(new Path2D(`M0 0H${length}M${length - 9} -5L${length} 0L${length - 9} 5`));
  });
  context.restore();
}

// Draw ignored areas, hatched to distinguish them from changes. as: "draft" for one that is being drawn.
export function drawIgnored(context, camera, boxes, as = "final") {
  for (const box of boxes) {
    const { x, y, width, height } = onPane(camera, box);
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.fillStyle = "rgb(20 20 20 / 35%)";
    context.fill();
    hatch(context, { x, y, width, height });
    context.restore();
    context.setLineDash(as === "draft" ? [6, 4] : [2, 3]);
    stroke(context, 1.5, CHOSEN, () => context.strokeRect(x, y, width, height));
    context.setLineDash([]);
  }
}

// Lines at 45 degrees, only the visible ones.
function hatch(context, { x, y, width, height }) {
  const { width: across, height: down } = context.canvas;
  const [left, right] = [Math.max(x, -down) - height, Math.min(x + width, across + down)];
  context.beginPath();
  for (let start = Math.floor(left / 8) * 8; start < right; start += 8) {
    context.moveTo(start, y + height);
    context.lineTo(start + height, y);
  }
  context.lineWidth = 1;
  context.strokeStyle = "rgb(255 255 255 / 55%)";
  context.stroke();
}

// Draw matches as lines from the first pane to the second, if both ends are visible.
export function connect(context, camera, matches, [first, second]) {
  const inside = ({ x, y }) => x >= 0 && y >= 0 && x < first.width && y < first.height;
  matches.forEach(([ax, ay, bx, by], index) => {
    const [from, to] = [camera.toPane({ x: ax, y: ay }), camera.toPane({ x: bx, y: by })];
    if (!inside(from) || !inside(to)) return;
    const path = new Path2D();
    path.moveTo(first.x + from.x, first.y + from.y);
    path.lineTo(second.x + to.x, second.y + to.y);
    const colour = COLOURS[index % COLOURS.length];
    stroke(context, 1, colour, () => context.stroke(path), 1);
    for (const [pane, { x, y }] of [[first, from], [second, to]]) {
      stroke(context, 1.25, colour, () => context.stroke(ring(pane.x + x, pane.y + y, 3.5)));
    }
  });
}

// Draw the position of the other pane's cursor in this pane.
export function twinCursor(context, point, side) {
  const { x, y } = point;
  stroke(context, 1.5, side === "a" ? A : B, () => {
    context.stroke(new Path2D(`M${x - 14} ${y}h10M${x + 4} ${y}h10M${x} ${y - 14}v10M${x} ${y + 4}v10`));
  });
}

function ring(x, y, radius) {
  const path = new Path2D();
  path.arc(x, y, radius, 0, 2 * Math.PI);
  return path;
}

function overlap(one, other) {
  const apart = (from, size) => one[from] >= other[from] + other[size] || other[from] >= one[from] + one[size];
  return !apart("x", "width") && !apart("y", "height");
}

function middle(box) {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
