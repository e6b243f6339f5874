// Tells parts of a page when something changed that they show, so that they look again.
//
// A page loads vendor/htmx/htmx.min.js and this file, both with `defer`, and marks its parts:
//
//   <div data-live="incident ticket" hx-get="/some/part" hx-trigger="live" hx-swap="innerMorph">
//
// `data-live` names what the part shows: incident, ticket, measure, order, policy, suppression,
// challenge, recovery; empty for any of it. With `data-live-id="…"` only what has this id counts.
// The part is sent the event `live` when one of those changed, 3 s after the one before at the
// earliest (`data-live-every="20"`: 20 s, for what costs more), and never while the page is hidden:
// then once, when it is seen again. `event.detail.changed` says what did, by kind:
// { incident: { count: 2, ids: ["…"] } }, or { gap: true } for "much, look at everything"; the
// event bubbles, so a script may listen for it too. What htmx asks for on `live` does not keep the
// session open. Let a part be swapped by innerMorph, or offer "3 new" with a link, so that nothing
// moves under a hand. Where a part is shown as of a known place (`Changes.newest`), say so by
// `data-live-mark`, and nothing is missed between it and the stream.
//
// The stream is closed while the page is hidden; where there can be none, it is asked every 15 s.
// <html data-live="on|polling|ended"> says how it stands, and [data-live-ended] is shown at its end.
(() => {
  "use strict";
  const root = document.documentElement;
  const AT_LEAST_S = 3;
  const POLL_S = 15;
  const POLLS = 4;
  const PATIENCE = 3;
  let mark = document.querySelector("[data-live-mark]")?.dataset.liveMark ?? "";
  let stream = null;
  let failures = 0;
  let polling = 0;
  const waiting = new Map();
  const sent = new WeakMap();

  const state = (name) => {
    root.dataset.live = name;
    if (name !== "ended") return;
    stop();
    document.querySelectorAll("[data-live-ended]").forEach((one) => { one.hidden = false; });
  };

  const concerns = (part, changed) => {
    if (changed.gap) return true;
    const { live, liveId } = part.dataset;
    const kinds = live.split(/\s+/).filter(Boolean);
    return Object.entries(changed).some(
      ([kind, { count, ids }]) =>
        (!kinds.length || kinds.includes(kind)) && (!liveId || ids.includes(liveId) || count > ids.length),
    );
  };
  const joined = (one, other) => {
    if (!one || one.gap || other.gap) return other.gap || one?.gap ? { gap: true } : other;
    const all = { ...one };
    for (const [kind, { count, ids }] of Object.entries(other)) {
      const known = all[kind] ?? { count: 0, ids: [] };
      all[kind] = { count: known.count + count, ids: [...new Set([...known.ids, ...ids])] };
    }
    return all;
  };

  const send = (part) => {
    const changed = waiting.get(part);
    waiting.delete(part);
    if (!part.isConnected) return;
    sent.set(part, Date.now());
    part.dispatchEvent(new CustomEvent("live", { bubbles: true, detail: { changed } }));
  };
  const tell = (changed) => {
    if (!Object.keys(changed).length) return;
    for (const part of document.querySelectorAll("body [data-live]")) {
      if (!concerns(part, changed)) continue;
      const isWaiting = waiting.has(part);
      waiting.set(part, joined(waiting.get(part), changed));
      if (isWaiting) continue;
      const every = 1000 * (Number(part.dataset.liveEvery) || AT_LEAST_S);
      const left = (sent.get(part) ?? 0) + every - Date.now();
      setTimeout(send, Math.max(0, left), part);
    }
  };

  const address = () => (mark ? `/live?after=${encodeURIComponent(mark)}` : "/live");
  const poll = async () => {
    try {
      const answer = await fetch(address(), { headers: { accept: "application/json" } });
      if (answer.status === 401) return state("ended");
      if (!answer.ok) return;
      const told = await answer.json();
      mark = told.next;
      tell(told.changed);
    } catch {
      // The next one may come through.
    }
  };
  const pollOn = () => {
    stream?.close();
    stream = null;
    if (polling || document.hidden) return;
    state("polling");
    poll();
    let left = POLLS;
    polling = setInterval(() => {
      left -= 1;
      if (left) return poll();
      // There may be room for a stream by now.
      stop();
      failures = PATIENCE - 1;
      listen();
    }, POLL_S * 1000);
  };
  const listen = () => {
    if (stream || polling || document.hidden || root.dataset.live === "ended") return;
    if (!window.EventSource || failures >= PATIENCE) return pollOn();
    stream = new EventSource(address());
    stream.addEventListener("open", () => {
      failures = 0;
      state("on");
    });
    stream.addEventListener("changed", ({ lastEventId, data }) => {
      mark = lastEventId;
      tell(JSON.parse(data));
    });
    stream.addEventListener("error", () => {
      // It ends by itself and is taken up again; what was refused, or fails anew, is polled for.
      failures += 1;
      if (stream?.readyState === EventSource.CLOSED || failures >= PATIENCE) pollOn();
    });
  };
  const stop = () => {
    stream?.close();
    stream = null;
    clearInterval(polling);
    polling = 0;
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return stop();
    failures = 0;
    listen();
  });
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (["live", "every"].includes(ctx.sourceEvent?.type)) ctx.request.headers["Vigie-Live"] = "1";
  });
  listen();
})();
