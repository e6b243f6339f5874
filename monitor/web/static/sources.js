// A file is dropped where it can be chosen as well; what is shown to be copied is copied by a button.
(() => {
  "use strict";
  const sizes = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

  const handsIn = (form) => {
    const input = form.querySelector("input[type=file]");
    const drop = form.querySelector(".source-drop");
    const chosen = form.querySelector("[data-chosen]");
    const tooLarge = form.querySelector("[data-too-large]");
    const button = form.querySelector("button");
    const look = () => {
      const file = input.files[0];
      const isTooLarge = Boolean(file) && file.size > Number(form.dataset.most);
      chosen.textContent = file ? `${file.name} · ${sizes.format(file.size / 1048576)} MiB` : "";
      tooLarge.hidden = !isTooLarge;
      button.disabled = isTooLarge;
    };
    input.addEventListener("change", look);
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("is-over");
      });
    }
    drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("is-over");
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        look();
      }
    });
    form.addEventListener("submit", () => {
      form.querySelector("[data-sending]").hidden = false;
      button.disabled = true;
    });
    // Whoever comes back by the browser's own button sends again.
    addEventListener("pageshow", look);
  };

  const copies = (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
      const told = document.querySelector("[data-copied]");
      if (told) told.textContent = told.dataset.words;
      button.classList.add("btn-success");
    });
  };

  for (const form of document.querySelectorAll("form[data-hands-in]")) handsIn(form);
  for (const button of document.querySelectorAll("[data-copies]")) copies(button);
})();
