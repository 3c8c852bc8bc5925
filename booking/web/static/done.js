/* After booking, moving or cancelling: the news is told once, the address is the booking's own. */

const url = new URL(location.href);
for (const name of ["made", "moved", "cancelled"]) url.searchParams.delete(name);
history.replaceState(null, "", url);
