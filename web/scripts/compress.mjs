// Writes a .gz file beside every text asset of dist, so that the server can
// send it as it is, and prints what the largest scripts weigh.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const packed = /\.(js|css|html|svg|json)$/;
const sizes = [];

function walk(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) {
      walk(path);
    } else if (packed.test(name)) {
      const gz = gzipSync(readFileSync(path), { level: 9 });
      writeFileSync(path + ".gz", gz);
      if (name.endsWith(".js")) sizes.push([gz.length, path.slice(dist.length)]);
    }
  }
}

walk(dist);
sizes.sort((a, b) => b[0] - a[0]);
for (const [bytes, path] of sizes.slice(0, 12)) {
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB gz  ${path}`);
}
