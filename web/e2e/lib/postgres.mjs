// A throw-away PostgreSQL server with rows of the journey's own.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const root = new URL("../../../", import.meta.url).pathname;

/**
 * Starts a server and runs SQL on it. Resolves to { dir, run, stop }: the folder
 * of its socket, what runs further SQL, and what ends it.
 */
export async function postgres(sql) {
  const child = spawn("go", ["run", "./tools/postgres"], { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => (log += chunk));
  const gone = new Promise((resolve) => child.once("close", resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const run = async (text) => {
    child.stdin.write(`${text}\n--\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`PostgreSQL ended\n${log}`);
    return value;
  };
  const stop = async () => {
    child.stdin.end();
    await gone;
  };
  try {
    return { dir: await run(sql), run, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
