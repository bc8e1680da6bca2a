// Deletion with undo: an item disappears at once, but the request is sent only when the time for Undo is over.

const UNDO_MILLISECONDS = 8000;

export class Deletions {
  #pending = new Map(); // by address: the item and its timer
  #sent = new Set();
  #list;
  #token;
  #announce;
  #emptied;

  // list: has items with data-pair (the address), data-name, a link and a button .delete.
  // announce(text): for screen readers. emptied(): called when the last item is removed.
  constructor(list, token, announce, emptied) {
    this.#list = list;
    this.#token = token;
    this.#announce = announce;
    this.#emptied = emptied;
    list.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (event.target.closest(".delete")) this.#remove(item);
      if (event.target.closest(".undo")) this.#restore(item);
    });
    window.addEventListener("pagehide", () => {
      for (const { item } of [...this.#pending.values()]) this.#send(item);
    });
  }

  // The given items, with those that are being deleted replaced by their current elements.
  withPending(items) {
    return items.map((item) => this.#pending.get(item.dataset.pair)?.item ?? item);
  }

  // Wait until the service has answered all requests.
  async settled() {
    await Promise.all(this.#sent);
  }

  #remove(item) {
    const { pair, name } = item.dataset;
    item.querySelector(".error")?.remove();
    const line = document.createElement("p");
    const undo = document.createElement("button");
    line.className = "deleted";
    undo.className = "button plain undo";
    undo.type = "button";
    undo.textContent = "Undo";
    undo.setAttribute("aria-label", `Undo: keep ${name}`);
    line.append(`Deleted ${name}. `, undo);
    item.append(line);
    item.classList.add("gone");
    undo.focus();
    this.#announce(`Deleted ${name}.`);
    this.#pending.set(pair, { item, timer: setTimeout(() => this.#send(item), UNDO_MILLISECONDS) });
  }

  #restore(item) {
    clearTimeout(this.#pending.get(item.dataset.pair)?.timer);
    this.#pending.delete(item.dataset.pair);
    item.querySelector(".deleted").remove();
    item.classList.remove("gone");
    item.hidden = false;
    item.querySelector(".delete").focus();
    this.#announce(`${item.dataset.name} is back.`);
  }

  async #send(item) {
    clearTimeout(this.#pending.get(item.dataset.pair)?.timer);
    this.#pending.delete(item.dataset.pair);
    if (item.contains(document.activeElement)) neighbour(item)?.querySelector("a").focus();
    item.hidden = true;
    const sent = this.#request(item.dataset.pair);
    this.#sent.add(sent);
    const problem = await sent;
    this.#sent.delete(sent);
    if (problem) this.#fail(item, problem);
    else item.remove();
    if (!this.#list.children.length) this.#emptied();
  }

  // Returns the reason of a refusal, or "" when the pair is deleted. The request may outlive the page.
  async #request(address) {
    try {
      const headers = { "X-CSRFToken": this.#token, Accept: "application/problem+json" };
      const answer = await fetch(address, { method: "DELETE", headers, keepalive: true });
      if (answer.ok || answer.status === 404) return ""; // 404: already deleted elsewhere
      return (await answer.json().catch(() => null))?.detail ?? `The service answered ${answer.status}.`;
    } catch {
      return "The connection to the service was lost.";
    }
  }

  #fail(item, problem) {
    this.#restore(item);
    const error = document.createElement("p");
    error.className = "error";
    error.setAttribute("role", "alert");
    item.append(error);
    error.textContent = `Not deleted. ${problem}`;
  }
}

function neighbour(item) {
  const shown = (other) => other && !other.hidden && !other.classList.contains("gone");
  return [item.nextElementSibling, item.previousElementSibling].find(shown);
}
