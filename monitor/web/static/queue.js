// The queue in the hand: what is chosen is counted, what changed is marked where it stands, and what is
// new is announced above without moving anything.
(() => {
  "use strict";
  const PLACE = /^#at-([0-9a-f-]{36})?\.(-?[0-9]{1,4})\.([0-9]{1,7})$/;
  const pulse = document.getElementById("pulse");
  const chosen = document.querySelector(".queue-chosen");
  const boxes = () => [...document.querySelectorAll('[data-row] input[type="checkbox"]')];

  const count = () => {
    if (!chosen) return;
    const number = boxes().filter((box) => box.checked).length;
    chosen.textContent = number ? `${chosen.dataset.some} ${number}` : chosen.dataset.none;
  };
  document.addEventListener("change", (event) => {
    if (event.target.closest && event.target.closest("[data-row]")) count();
  });
  document.addEventListener("htmx:after:swap", count);
  document.querySelectorAll(".queue-group").forEach((group) => {
    group.addEventListener("toggle", () => group.querySelector("[hx-get]").dispatchEvent(new Event("vigie:open")));
  });
  count();

  // Whoever acts on a row finds themselves at the same place afterwards: the page that answers keeps
  // what stands behind the address's #.
  const form = document.getElementById("queue");
  if (form) {
    form.addEventListener("submit", () => {
      const rows = [...document.querySelectorAll("[data-row]")];
      const here = document.querySelector(".is-current") || document.activeElement.closest("[data-row]") || boxes().find((box) => box.checked)?.closest("[data-row]");
      form.action = `${location.pathname}#at-${here ? here.dataset.row : ""}.${rows.indexOf(here)}.${Math.round(scrollY)}`;
    });
  }
  const kept = PLACE.exec(location.hash);
  if (kept) {
    history.replaceState(null, "", location.pathname + location.search);
    const rows = [...document.querySelectorAll("[data-row]")];
    const here = document.getElementById(`row-${kept[1]}`) || rows[Math.min(Math.max(Number(kept[2]), 0), rows.length - 1)];
    scrollTo(0, Number(kept[3]));
    if (here) {
      here.classList.add("is-current");
      const link = here.querySelector("a[href]");
      if (link) link.focus({ preventScroll: true });
      here.scrollIntoView({ block: "nearest" });
    }
  }

  // Rows that changed are fetched as they are now, and put where they stand.
  const seen = new Set();
  const renew = async (ids) => {
    const address = new URL(pulse.dataset.rows, location.href);
    address.searchParams.set("ids", ids.join(","));
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    ids.forEach((id) => {
      const here = document.getElementById(`row-${id}`);
      const made = page.getElementById(`row-${id}`);
      if (!here) return;
      if (!made) {
        here.classList.add("is-changed");
        return;
      }
      const box = here.querySelector('input[type="checkbox"]');
      const held = here.contains(document.activeElement) ? document.activeElement.tagName : "";
      const fresh = document.importNode(made, true);
      const other = fresh.querySelector('input[type="checkbox"]');
      if (box && other) other.checked = box.checked;
      fresh.classList.add("is-changed");
      if (here.classList.contains("is-current")) fresh.classList.add("is-current");
      here.replaceWith(fresh);
      if (held) fresh.querySelector(held === "INPUT" ? "input" : "a[href]")?.focus({ preventScroll: true });
    });
  };
  const look = () => {
    const news = document.getElementById("news");
    if (!news || !pulse) return;
    const shown = new Set([...document.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
    const ids = (news.dataset.changed || "").split(" ").filter((id) => shown.has(id) && !seen.has(id));
    if (!ids.length) return;
    ids.forEach((id) => seen.add(id));
    renew(ids).catch(() => ids.forEach((id) => seen.delete(id)));
  };
  document.addEventListener("htmx:after:swap", look);
})();
