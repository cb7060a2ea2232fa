// The daemon's event stream. The browser resumes it by Last-Event-ID; what it gives up on (a restart, a closed session) we open
// again, and say so, because the page must then read the whole state anew.

const NAMES = ["reader", "card", "intent", "today", "case", "resync"];
const PAUSE_MS = [500, 1000, 2000, 4000];

// handlers: {reader, card, intent, today, case, resync, online(bool, first)}. Returns a function that ends it.
export function listen(handlers) {
  let source = null;
  let failures = 0;
  let ended = false;
  let timer = 0;
  let opened = false;

  function open() {
    source = new EventSource("/api/v1/events");
    source.onopen = () => {
      failures = 0;
      handlers.online(true, !opened);
      opened = true;
    };
    source.onerror = () => {
      if (ended) return;
      handlers.online(false, false);
      if (source.readyState !== EventSource.CLOSED) return;
      const pause = PAUSE_MS[Math.min(failures, PAUSE_MS.length - 1)];
      failures += 1;
      timer = setTimeout(open, pause);
    };
    for (const name of NAMES) {
      source.addEventListener(name, (event) => handlers[name](event.data ? JSON.parse(event.data) : null));
    }
  }

  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    source.close();
  };
}
