// Keys for whoever works through lists all day. A key does what a button or link of the page does that
// says so (data-key), and nothing while somebody types; `?` shows them all, and they can be turned off.
(() => {
  "use strict";
  const dialog = document.getElementById("keys");
  const rowsOf = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
  let current = null;
  let going = 0;

  const on = dialog && dialog.querySelector("[data-keys-on]");
  const isOff = () => Boolean(on) && !on.checked;
  const isTyping = (target) =>
    target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  const row = () => {
    const held = document.activeElement && document.activeElement.closest("[data-row]");
    if (held) return held;
    return current && current.isConnected ? current : null;
  };
  const stand = (next) => {
    document.querySelectorAll(".is-current").forEach((one) => one.classList.remove("is-current"));
    current = next;
    next.classList.add("is-current");
    const link = next.querySelector("a[href]");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const move = (by) => {
    const rows = rowsOf();
    if (!rows.length) return;
    const at = rows.indexOf(row());
    stand(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)]);
  };
  const boxOf = (one) => one && one.querySelector("input[type=checkbox]");
  const choose = () => {
    const box = boxOf(row());
    if (box) box.click();
  };

  // What acts on rows acts on those that are chosen; where none is, on the one that one stands on.
  const press = (button) => {
    if (button.hasAttribute("data-key-rows")) {
      const chosen = rowsOf().some((one) => boxOf(one) && boxOf(one).checked);
      const here = boxOf(row());
      if (!chosen && here) here.click();
      else if (!chosen) return;
    }
    if (button.matches("input, textarea, select")) button.focus();
    else button.click();
    if (button.matches("summary")) {
      const field = button.parentElement.querySelector("input:not([type=hidden]), select, button");
      if (button.parentElement.open && field) field.focus();
    }
  };

  const go = (letter) => {
    const room = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
    if (room) room.click();
  };

  const describe = () => {
    const list = dialog.querySelector("[data-keys-own]");
    list.replaceChildren();
    const known = new Set();
    document.querySelectorAll("[data-key]").forEach((one) => {
      const key = one.dataset.key;
      if (known.has(key)) return;
      known.add(key);
      const term = document.createElement("dt");
      const face = document.createElement("kbd");
      face.textContent = key;
      term.append(face);
      const told = document.createElement("dd");
      told.textContent = one.dataset.keyTitle || one.textContent.trim();
      list.append(term, told);
    });
    dialog.querySelector("[data-keys-rows]").hidden = !document.querySelector("[data-row]");
  };
  const help = () => {
    if (!dialog || dialog.open) return;
    describe();
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || (dialog && dialog.open)) return;
    if (event.key === "?") {
      event.preventDefault();
      help();
      return;
    }
    if (isOff()) return;
    if (going && event.timeStamp - going < 1500) {
      going = 0;
      event.preventDefault();
      go(event.key.toLowerCase());
      return;
    }
    const key = event.key;
    const button = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.offsetParent !== null);
    const deeds = { j: () => move(1), k: () => move(-1), x: choose, g: () => (going = event.timeStamp) };
    const deed = button ? () => press(button) : deeds[key];
    if (!deed) return;
    if ("jkx".includes(key) && !button && !document.querySelector("[data-row]")) return;
    event.preventDefault();
    deed();
  });

  document.querySelectorAll("[data-keys-open]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", help);
  });
  if (dialog) {
    on.addEventListener("change", () => {
      const told = { token: on.dataset.token, keys: on.checked ? "on" : "off" };
      // Where it is not kept, it holds for this page.
      fetch("/preferences", { method: "POST", body: new URLSearchParams(told), redirect: "manual" }).catch(() => {});
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }
})();
