/* After booking, moving or cancelling: the news is told once, the address is the booking's own. */

const url = new URL(location.href);
for (const name of ["made", "moved", "cancelled"]) url.searchParams.delete(name);
history.replaceState(null, "", url);

/* A host's own page comes next, where the link to this one is in the guest's mail. */
const onward = document.querySelector("a[data-onward]");
if (onward) location.replace(onward.href);
