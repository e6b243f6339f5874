// A page that waits for another device asks now and then how far it is, and goes on by itself;
// without script there is a link that does. Ends asking when the page is left alone for long.
(() => {
  "use strict";
  const waiting = document.querySelector("[data-waits]");
  if (!waiting) return;
  let every = 1_500;
  const until = performance.now() + 20 * 60_000;
  const ask = async () => {
    try {
      const answer = await fetch(waiting.dataset.waits, { headers: { accept: "application/json" } });
      const told = answer.ok ? await answer.json() : {};
      if (told.state && told.state !== waiting.dataset.state) {
        location.replace(waiting.dataset.then);
        return;
      }
    } catch {
      // The network comes and goes, on phones above all.
    }
    // Many may wait behind one address: whoever waits for long asks less.
    every = Math.min(every * 1.1, 6_000);
    if (performance.now() < until) setTimeout(ask, every);
  };
  setTimeout(ask, every);
})();
