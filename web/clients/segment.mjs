// Sends events with Segment's own client, and prints the number of each that the
// server has acknowledged: node clients/segment.mjs ENDPOINT KEY COUNT
import { Analytics } from "@segment/analytics-node";

const [endpoint, writeKey, count] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host: endpoint, maxRetries: 1000, flushAt: 50, flushInterval: 50, httpRequestTimeout: 20000 });

const pending = new Set();
const send = (n) =>
  new Promise((done) => {
    analytics.track({ userId: `node-${n % 97}`, event: "Trial Sent", properties: { n, client: "node" } }, (err) => {
      console.log(err ? `failed ${n} ${err}` : `acked ${n}`);
      done();
    });
  });

// The client waits in timers that keep no process alive by themselves, so that a
// process with nothing else to do ends before its events are sent. A server has more to do.
const alive = setInterval(() => {}, 1000);

// A bounded number at once: that is what a busy process has under way.
for (let n = 0; n < Number(count); n++) {
  const p = send(n).then(() => pending.delete(p));
  pending.add(p);
  if (pending.size >= 400) await Promise.race(pending);
}
await Promise.all(pending);
await analytics.closeAndFlush();
clearInterval(alive);
