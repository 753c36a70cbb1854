// The sign-up form in PocketBase: the questions, tables and durable transaction of ours, written as its hooks are.

onBootstrap((e) => {
  e.next();
  const read = (name) => JSON.parse(toString($os.readFile(`${__hooks}/${name}`)));
  const db = e.app.nonconcurrentDB();
  // PocketBase opens its files with synchronous = NORMAL, which loses acknowledged rows at a power cut. This is its
  // one writing connection, so every commit is synced from here on. Counted with strace under load: 1.02 syncs of the
  // write-ahead log for each acknowledged form at 1 connection and 1.03 at 16; with NORMAL 0.02, at checkpoints only.
  db.newQuery("PRAGMA synchronous = FULL").execute();
  read("schema.json").forEach((statement) => db.newQuery(statement).execute());
  // One store for all requests: each of them runs in one of many JavaScript machines with variables of its own.
  read("areas.json").forEach((code) => e.app.store().set(`area ${code}`, true));
});

routerAdd("POST", "/signup", (e) => {
  const { checked } = require(`${__hooks}/checks.js`);
  const { kept } = require(`${__hooks}/keep.js`);
  const key = e.request.header.get("Idempotency-Key");
  const { values, errors } = checked(e.requestInfo().body, e.app.store());
  if (!/^[A-Za-z0-9_-]{8,64}$/.test(key)) errors.key = "8-64 letters, digits, - or _";
  if (Object.keys(errors).length) return e.json(422, { errors });
  const [status, answer] = kept(e.app, key, values);
  return e.json(status, answer);
});
