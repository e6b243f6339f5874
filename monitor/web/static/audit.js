// The proof of the audit: how far it is, until it is there or somebody stops it.
(() => {
  "use strict";
  const form = document.querySelector("form[data-proves]");
  const shown = document.getElementById("audit-progress");
  if (!form || !shown || !window.ReadableStream) return;
  const [words, bar, stop] = ["p", "progress", "button"].map((name) => shown.querySelector(name));
  const result = document.getElementById("audit-proof");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  let asked = null;

  const tell = ({ looked, of }) => {
    bar.value = of ? Math.min(100, (100 * looked) / of) : 0;
    words.textContent = looked
      ? words.dataset.count.replace("{looked}", number.format(looked)).replace("{of}", number.format(of))
      : words.dataset.proving;
  };
  const lines = async function* (answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      rest += value ?? "";
      const parts = rest.split("\n");
      rest = parts.pop();
      for (const part of parts) if (part) yield JSON.parse(part);
      if (done) return;
    }
  };
  const prove = async () => {
    asked = new AbortController();
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { accept: "application/x-ndjson" },
      signal: asked.signal,
    });
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("application/x-ndjson")) return false;
    for await (const step of lines(answer)) {
      tell(step);
      if (step.shown) {
        const page = new DOMParser().parseFromString(step.shown, "text/html");
        result.replaceChildren(...page.body.childNodes);
        return true;
      }
    }
    throw new Error("the proof broke off");
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    result.replaceChildren();
    words.textContent = words.dataset.proving;
    bar.value = 0;
    bar.hidden = stop.hidden = shown.hidden = false;
    try {
      if (!(await prove())) return form.submit();
      shown.hidden = true;
    } catch (error) {
      words.textContent = asked.signal.aborted ? words.dataset.stopped : words.dataset.failed;
      bar.hidden = stop.hidden = true;
    }
    button.disabled = false;
  });
  stop.addEventListener("click", () => asked?.abort());
})();
