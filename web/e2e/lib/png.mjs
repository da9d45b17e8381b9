// Makes the browser's pictures small: the same pixels, or nearly, in a palette
// of at most 256 colours, packed as tightly as zlib can.
import { deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

function chunks(png) {
  const out = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    out.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return out;
}

/** Width, height and the pixels as 3 bytes each of an 8-bit PNG without palette or interlace. */
function decode(png) {
  const all = chunks(png);
  const head = all.find((c) => c.type === "IHDR").data;
  const [width, height, depth, kind] = [head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9]];
  if (depth !== 8 || (kind !== 2 && kind !== 6) || head[12] !== 0) throw new Error("not a picture that a browser makes");
  const size = kind === 2 ? 3 : 4;
  const raw = inflateSync(Buffer.concat(all.filter((c) => c.type === "IDAT").map((c) => c.data)));
  const stride = width * size;
  const lines = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const here = raw[y * (stride + 1) + 1 + x];
      const a = x >= size ? lines[y * stride + x - size] : 0;
      const b = y > 0 ? lines[(y - 1) * stride + x] : 0;
      const c = x >= size && y > 0 ? lines[(y - 1) * stride + x - size] : 0;
      let guess = 0;
      if (filter === 1) guess = a;
      else if (filter === 2) guess = b;
      else if (filter === 3) guess = (a + b) >> 1;
      else if (filter === 4) {
        const p = a + b - c;
        const [da, db, dc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
        guess = da <= db && da <= dc ? a : db <= dc ? b : c;
      }
      lines[y * stride + x] = (here + guess) & 255;
    }
  }
  const colours = new Uint32Array(width * height);
  for (let i = 0; i < colours.length; i++) colours[i] = (lines[i * size] << 16) | (lines[i * size + 1] << 8) | lines[i * size + 2];
  return { width, height, colours };
}

const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

/** At most 256 colours for those counted: the most frequent as they are, the rest by cutting at the median. */
function palette(counts) {
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1]);
  if (sorted.length <= 256) return sorted.map(([colour]) => colour);
  const kept = sorted.slice(0, 128).map(([colour]) => colour);
  const boxes = [sorted.slice(128).map(([colour, count]) => ({ rgb: parts(colour), count }))];
  while (boxes.length < 128) {
    let best = { width: -1 };
    for (const [at, box] of boxes.entries()) {
      if (box.length < 2) continue;
      const weight = box.reduce((sum, p) => sum + p.count, 0);
      for (let axis = 0; axis < 3; axis++) {
        const values = box.map((p) => p.rgb[axis]);
        const width = (Math.max(...values) - Math.min(...values)) * Math.log2(1 + weight);
        if (width > best.width) best = { width, at, axis };
      }
    }
    if (best.width <= 0) break;
    const box = boxes[best.at].toSorted((p, q) => p.rgb[best.axis] - q.rgb[best.axis]);
    boxes.splice(best.at, 1, box.slice(0, box.length >> 1), box.slice(box.length >> 1));
  }
  const means = boxes.map((box) => {
    const weight = box.reduce((sum, p) => sum + p.count, 0);
    const mean = [0, 1, 2].map((axis) => Math.round(box.reduce((sum, p) => sum + p.rgb[axis] * p.count, 0) / weight));
    return (mean[0] << 16) | (mean[1] << 8) | mean[2];
  });
  return [...kept, ...means];
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, body.length + 4);
  return out;
}

/** The picture with a palette. */
export function repack(png) {
  const { width, height, colours } = decode(png);
  const counts = new Map();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const chosen = palette(counts);
  const rgb = chosen.map(parts);
  const index = new Map(chosen.map((colour, i) => [colour, i]));
  const nearest = (colour) => {
    const [r, g, b] = parts(colour);
    let best = 0;
    let least = Infinity;
    for (const [i, [pr, pg, pb]] of rgb.entries()) {
      const far = (r - pr) ** 2 + (g - pg) ** 2 + (b - pb) ** 2;
      if (far < least) [best, least] = [i, far];
    }
    index.set(colour, best);
    return best;
  };
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const colour = colours[y * width + x];
    lines[y * (width + 1) + 1 + x] = index.get(colour) ?? nearest(colour);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  head[9] = 3;
  return Buffer.concat([signature, chunk("IHDR", head), chunk("PLTE", Buffer.from(rgb.flat())), chunk("IDAT", deflateSync(lines, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
