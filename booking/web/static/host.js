// Small comforts on the host's pages; every page works without them.
(() => {
  "use strict";
  const COPIED_MS = 2000;

  function offerCopy(button) {
    const label = button.querySelector("span");
    const words = label.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        label.textContent = "Copied";
      } catch {
        label.textContent = "Copying is not allowed here";
      }
      setTimeout(() => { label.textContent = words; }, COPIED_MS);
    });
  }

  document.querySelectorAll("[data-copy]").forEach(offerCopy);
})();
