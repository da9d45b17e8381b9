// The script that a site includes to have its visits, presses and forms recorded:
// <script async src="https://lodestar.example/v1/capture.js" data-key="lsw_…"></script>
import { Queue } from "./queue";
import { Recorder } from "./recorder";
import { say } from "./say";
import { browserStore } from "./store";
import { watch } from "./watch";

const tag = document.currentScript;
if (tag instanceof HTMLScriptElement) start(tag);

function start(tag: HTMLScriptElement): void {
  const key = tag.dataset["key"] ?? "";
  if (key === "") {
    say("the script needs data-key, a write key");
    return;
  }
  const store = browserStore();
  const queue = new Queue(new URL("batch", tag.src).href, key, store, (url, init) => fetch(url, init));
  const recorder = new Recorder(queue, store);
  const refused = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true || navigator.doNotTrack === "1";
  if (!recorder.decided && !refused && tag.dataset["consent"] !== "ask") recorder.allow();
  const on = (option: string) => tag.dataset[option] !== "off";
  const begin = () => watch(recorder, { pages: on("pages"), clicks: on("clicks") });
  let begun = recorder.allowed;
  if (begun) begin();
  window.addEventListener("pagehide", () => void queue.flush());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void queue.flush());
  Object.assign(window, {
    lodestar: {
      track: recorder.track.bind(recorder),
      page: recorder.page.bind(recorder),
      identify: recorder.identify.bind(recorder),
      group: recorder.group.bind(recorder),
      reset: recorder.reset.bind(recorder),
      flush: () => queue.flush(),
      allow() {
        recorder.allow();
        if (!begun) begin();
        begun = true;
      },
      forbid: recorder.forbid.bind(recorder),
    },
  });
}
