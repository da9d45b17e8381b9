// A small interface of a CRM: a list in pages, behind a token and a header.
import { createServer } from "node:http";

/** Starts it on a port of its own: { url, leads, asked, stop }; `asked` are the questions that were answered. */
export async function crm({ token, tenant, size = 100 }) {
  const leads = [];
  const asked = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://crm");
    const say = (status, body) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${token}` || request.headers["x-tenant"] !== tenant) return say(401, { message: "who are you?" });
    if (url.pathname !== "/v2/leads") return say(404, { message: "no such list" });
    const page = Number(url.searchParams.get("page") ?? 1);
    const since = url.searchParams.get("updated_after") ?? "";
    const found = leads.filter((lead) => lead.updated_at >= since);
    asked.push({ page, since });
    return say(200, { meta: { page, total: found.length }, tags: [], data: { items: found.slice((page - 1) * size, page * size) } });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const stop = () => new Promise((done) => server.close(done));
  return { url: `http://127.0.0.1:${server.address().port}/v2`, leads, asked, stop };
}
