/** Ways to send an event, as they can be pasted. */
export const ways = ["curl", "browser", "node", "go", "hook"] as const;
export type Way = (typeof ways)[number];

const snippets: Record<Way, (host: string, key: string) => string> = {
  curl: (host, key) => `curl -u ${key}: ${host}/v1/track \\
  -H 'Content-Type: application/json' \\
  -d '{"event": "Order Paid", "userId": "u1", "messageId": "m1", "properties": {"orderId": "o1", "amount": 12.5}}'`,
  browser: (host, key) => `<script async src="${host}/v1/capture.js" data-key="${key}"></script>
<script>
  // Pages, presses and forms are told by themselves; say the rest.
  window.addEventListener("load", () => {
    lodestar.identify("u1");
    lodestar.track("Order Paid", { orderId: "o1", amount: 12.5 });
  });
</script>`,
  node: (host, key) => `// npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "${key}", host: "${host}" });
analytics.track({ userId: "u1", event: "Order Paid", properties: { orderId: "o1", amount: 12.5 } });
await analytics.closeAndFlush();`,
  go: (host, key) => `// go get github.com/segmentio/analytics-go/v3
client, err := analytics.NewWithConfig("${key}", analytics.Config{Endpoint: "${host}"})
if err != nil {
	log.Fatal(err)
}
defer client.Close()
err = client.Enqueue(analytics.Track{
	UserId:     "u1",
	Event:      "Order Paid",
	Properties: analytics.NewProperties().Set("orderId", "o1").Set("amount", 12.5),
})`,
  hook: (host, key) => `${host}/v1/hook/order_paid?key=${key}&id=delivery&time=paid_at&user=buyer`,
};

/** How to send an event to this server with a key. */
export const snippet = (way: Way, host: string, key: string) => snippets[way](host, key);
