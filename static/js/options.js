// Error messages beside the options.

export class Options {
  #element;

  constructor(element) {
    this.#element = element;
    element.addEventListener("input", (event) => this.#show(event.target, ""));
  }

  // Returns whether all options are valid, and shows the error of each invalid one.
  check() {
    const fields = [...this.#element.querySelectorAll("input, select")];
    for (const field of fields) this.#show(field, field.validationMessage);
    fields.find((field) => !field.validity.valid)?.focus();
    return fields.every((field) => field.validity.valid);
  }

  // Shows an error of the service, "name: reason", beside the named option. Returns whether there is such an option.
  showError(message) {
    const [, name, reason] = message.match(/^(\w+): (.+)$/s) ?? [];
    const field = name && this.#element.querySelector(`[name="${name}"]`);
    if (!field) return false;
    this.#show(field, reason[0].toUpperCase() + reason.slice(1));
    field.focus();
    return true;
  }

  #show(field, message) {
    const error = document.getElementById(`${field.id}-error`);
    error.textContent = message;
    error.hidden = !message;
    field.setAttribute("aria-invalid", String(Boolean(message)));
    if (message) this.#element.open = true;
  }
}
