/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// The Go program embeds dist, so the folder must exist in a fresh clone: its
// .keep has to survive every build.
function keepDist(): Plugin {
  return {
    name: "keep-dist",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: ".keep", source: "" });
    },
  };
}

// Other sites include the script capture.js: it leaves no names of its own there.
function enclosed(): Plugin {
  return {
    name: "enclosed",
    generateBundle(_, bundle) {
      const chunk = bundle["capture.js"];
      if (chunk?.type === "chunk") chunk.code = `(()=>{"use strict";${chunk.code}})();`;
    },
  };
}

const server = process.env.LODESTAR_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), keepDist(), enclosed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // Beside the page, the script that other sites include: one file, under a
      // name that stays.
      input: { index: "index.html", capture: "src/capture/main.ts" },
      output: { entryFileNames: (chunk) => (chunk.name === "capture" ? "capture.js" : "assets/[name]-[hash].js") },
    },
  },
  server: { proxy: { "/api": { target: server, changeOrigin: true }, "/-": { target: server } } },
  test: {
    restoreMocks: true,
    testTimeout: 60_000, // a machine that is busy with other tests is no failure
    // Logic needs no browser, and starting one per file is what takes long.
    projects: [
      { extends: true, test: { name: "logic", environment: "node", include: ["src/**/*.test.ts"] } },
      { extends: true, test: { name: "pages", environment: "jsdom", include: ["src/**/*.test.tsx"], setupFiles: ["src/test/setup.ts"] } },
    ],
  },
});
