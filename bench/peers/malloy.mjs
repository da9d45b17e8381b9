// Asks Malloy the questions, each compiled ROUNDS times, and prints a JSON
// object a line. Arguments: the database, the model, the questions.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
const require = createRequire(process.cwd() + '/');
const {SingleConnectionRuntime} = require('@malloydata/malloy');
const {DuckDBConnection} = require('@malloydata/db-duckdb');

const ROUNDS = 20;
const [database, modelFile, questionsFile] = process.argv.slice(2);
const connection = new DuckDBConnection({name: 'duckdb', databasePath: database, readOnly: true});
const runtime = new SingleConnectionRuntime({connection});
let start = performance.now();
const model = runtime.loadModel(readFileSync(modelFile, 'utf8'));
await model.getModel();
console.log(JSON.stringify({model: performance.now() - start}));
for (const q of JSON.parse(readFileSync(questionsFile, 'utf8'))) {
  if (!q.malloy) continue;
  const compile = [];
  for (let i = 0; i < ROUNDS; i++) {
    start = performance.now();
    await model.loadQuery(q.malloy).getSQL();
    compile.push(performance.now() - start);
  }
  let rows, run = Infinity;
  for (let i = 0; i < 3; i++) {
    start = performance.now();
    const result = await model.loadQuery(q.malloy).run({rowLimit: 100000});
    run = Math.min(run, performance.now() - start);
    rows = result.data.value.map(r => q.malloyColumns.map(c => r[c]));
  }
  console.log(JSON.stringify({name: q.name, compile, run, rows}, (_, v) => typeof v === "bigint" ? Number(v) : v));
}
await connection.close();
