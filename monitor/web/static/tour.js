// The tour's note is read first where somebody has come by it, and tells how far the month is read.
(() => {
  "use strict";
  const title = document.querySelector("[data-tour-title]");
  const came = document.referrer && new URL(document.referrer).origin === location.origin;
  if (title && came && document.activeElement === document.body) title.focus({ preventScroll: true });

  const reading = document.querySelector("[data-tour-reading]");
  if (!reading) return;
  const bar = reading.querySelector("progress");
  const look = async () => {
    try {
      const answer = await fetch("/tour/reading", { credentials: "same-origin" });
      if (!answer.ok) return;
      const { share } = await answer.json();
      if (share === null) {
        reading.hidden = true;
        return;
      }
      bar.value = 100 * share;
    } catch {
      // The console is away for a moment: it is asked again.
    }
    setTimeout(look, 3000);
  };
  setTimeout(look, 3000);
})();
