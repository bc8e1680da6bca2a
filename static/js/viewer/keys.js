// Keyboard commands and their help, from one table.

// bindings: [{keys, text, shown, run}]. keys: as in KeyboardEvent.key, with the prefix "Shift+" if it is held.
// text: for the help, which lists the keys `shown` or else `keys`. run: returns false if the key had no effect.
export function listen(bindings, dialog) {
  const table = new Map(bindings.flatMap(({ keys, run }) => keys.map((key) => [key, run])));
  explain(bindings, dialog);
  document.addEventListener("keydown", (event) => {
    const run = table.get(keyName(event));
    if (!run || event.ctrlKey || event.metaKey || event.altKey || dialog.open || isUsedByElement(event)) return;
    if (run(event) !== false) event.preventDefault();
  });
}

function keyName({ key, shiftKey }) {
  if (key.startsWith("Arrow")) return shiftKey ? `Shift+${key}` : key;
  return key.length === 1 ? key.toLowerCase() : key;
}

// Whether the focused element needs the key: text fields need all, controls some.
function isUsedByElement({ target, key }) {
  if (target.closest("input:not([type=range]), textarea, select")) return true;
  if (key.startsWith("Arrow") && target.closest("[type=range], [role=slider]")) return true;
  return (key === " " || key === "Enter") && Boolean(target.closest("button, a, summary, [type=range]"));
}

const LABELS = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc", "-": "−",
};

function explain(bindings, dialog) {
  const rows = bindings.filter(({ text }) => text).map(({ keys, text, shown = keys }) => {
    const row = document.createElement("div");
    const [names, meaning] = [document.createElement("dt"), document.createElement("dd")];
    names.append(...shown.map(cap));
    meaning.textContent = text;
    row.append(names, meaning);
    return row;
  });
  dialog.querySelector("dl").replaceChildren(...rows);
}

// A key with the label on the keyboard.
function cap(key) {
  const parts = key.split(/(?<=.)\+/);
  const cap = document.createElement("kbd");
  cap.textContent = parts.map((part) => LABELS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ");
  return cap;
}
