// Whoever has just proved who they are goes on without another tap. The page leaves no step behind
// that would lead forward again when they go back.
(() => {
  "use strict";
  const link = document.querySelector("a[data-goes]");
  if (link) location.replace(link.href);
})();
