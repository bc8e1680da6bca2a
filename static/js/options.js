// What is wrong with an option is said beside it.

export class Options {
  #element;

  constructor(element) {
    this.#element = element;
    element.addEventListener("input", (event) => this.#tell(event.target, ""));
  }

  // Whether every option may be sent as it is; if not, what is wrong is told.
  check() {
    const fields = [...this.#element.querySelectorAll("input, select")];
    for (const field of fields) this.#tell(field, field.validationMessage);
    fields.find((field) => !field.validity.valid)?.focus();
    return fields.every((field) => field.validity.valid);
  }

  // Says the service's words beside the option whose name they begin with. Returns whether there is one.
  blame(words) {
    const [, name, reason] = words.match(/^(\w+): (.+)$/s) ?? [];
    const field = name && this.#element.querySelector(`[name="${name}"]`);
    if (!field) return false;
    this.#tell(field, reason[0].toUpperCase() + reason.slice(1));
    field.focus();
    return true;
  }

  #tell(field, words) {
    const error = document.getElementById(`${field.id}-error`);
    error.textContent = words;
    error.hidden = !words;
    field.setAttribute("aria-invalid", String(Boolean(words)));
    if (words) this.#element.open = true;
  }
}
