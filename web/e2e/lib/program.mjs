// The real program on a port of its own with a data directory of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env.LODESTAR_BIN ?? new URL("../../../bin/lodestar", import.meta.url).pathname;

/**
 * Starts `lodestar COMMAND` and resolves, once it says where it is, to
 * { url, log, stop }. `stop` ends it and removes its data; `env` is added to
 * its environment.
 */
export async function start(command, { env = {}, within = 120_000 } = {}) {
  const data = mkdtempSync(join(tmpdir(), "lodestar-e2e-"));
  const own = command === "demo" ? ["--no-open"] : ["--data", data];
  const child = spawn(binary, [command, "--addr", "127.0.0.1:0", "--lang", "en", "--verbose", ...own], {
    cwd: data,
    env: { ...process.env, TMPDIR: data, LODESTAR_DATA: "", LODESTAR_TOKEN: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const gone = new Promise((resolve) => child.once("close", resolve));
  const end = () => child.kill("SIGKILL");
  const stop = async () => {
    process.off("exit", end);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const late = setTimeout(end, 15_000);
    await gone;
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
  };
  // A run that is interrupted leaves no server behind.
  process.once("exit", end);
  const url = await new Promise((resolve, reject) => {
    const tooLong = setTimeout(() => reject(new Error(`lodestar ${command} did not start in ${within / 1000} s\n${log}`)), within);
    const read = (chunk) => {
      log += chunk;
      const found = /\bat (https?:\/\/\S+)/.exec(log);
      if (found !== null) {
        clearTimeout(tooLong);
        resolve(found[1]);
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    void gone.then(() => reject(new Error(`lodestar ${command} ended\n${log}`)));
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  return { url, log: () => log, stop };
}
