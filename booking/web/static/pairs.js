// Keeps the progress of a first comparison up to date; the page can be loaded again instead.
(() => {
  "use strict";
  const EVERY_MS = 2000;

  async function part(address) {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html").body;
  }

  function follow(region) {
    const timer = setInterval(async () => {
      if (document.hidden) return;
      try {
        const fresh = await part(region.dataset.progress);
        if (fresh.innerHTML !== region.innerHTML) region.replaceChildren(...fresh.childNodes);
        if (!region.querySelector("[data-going]")) clearInterval(timer);
      } catch {
        clearInterval(timer);
      }
    }, EVERY_MS);
  }

  document.querySelectorAll("[data-progress]").forEach(follow);
})();
