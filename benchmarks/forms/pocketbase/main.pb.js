// The same transaction as ours: look the key up, take a seat, keep the row, remember the answer, note it.
onBootstrap((e) => {
  e.next();
  const run = (sql) => e.app.db().newQuery(sql).execute();
  run("CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, capacity INT, taken INT DEFAULT 0)");
  run("CREATE TABLE IF NOT EXISTS signup (id TEXT PRIMARY KEY, key TEXT UNIQUE, session_id INT, state TEXT, name TEXT, phone TEXT, village TEXT, created TEXT)");
  run("CREATE TABLE IF NOT EXISTS idem (key TEXT PRIMARY KEY, hash TEXT, answer TEXT)");
  run("CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, at TEXT, action TEXT, object TEXT)");
  run("INSERT OR IGNORE INTO session (id, capacity) VALUES (1, 100000000)");
});

routerAdd("POST", "/signup", (e) => {
  const key = e.request.header.get("Idempotency-Key");
  const body = e.requestInfo().body;
  const phone = String(body.phone).replace(/[^0-9]/g, "");
  if (!/^0[689][0-9]{8}$/.test(phone) || !body.full_name) { return e.json(422, {}); }
  const hash = $security.sha256(JSON.stringify(body));
  let answer = null;
  e.app.runInTransaction((tx) => {
    const seen = arrayOf(new DynamicModel({ hash: "", answer: "" }));
    tx.db().newQuery("SELECT hash, answer FROM idem WHERE key = {:key}").bind({ key: key }).all(seen);
    if (seen.length) { answer = JSON.parse(seen[0].answer); return; }
    const taken = tx.db().newQuery("UPDATE session SET taken = taken + 1 WHERE id = {:id} AND taken < capacity")
      .bind({ id: body.session }).execute().rowsAffected();
    const state = taken ? "seated" : "waiting";
    const id = $security.randomString(12);
    const now = new Date().toISOString();
    tx.db().newQuery("INSERT INTO signup VALUES ({:id}, {:key}, {:session}, {:state}, {:name}, {:phone}, {:village}, {:now})")
      .bind({ id: id, key: key, session: body.session, state: state, name: body.full_name, phone: phone, village: body.village, now: now }).execute();
    answer = { reference: id, state: state };
    tx.db().newQuery("INSERT INTO idem VALUES ({:key}, {:hash}, {:answer})")
      .bind({ key: key, hash: hash, answer: JSON.stringify(answer) }).execute();
    tx.db().newQuery("INSERT INTO audit (at, action, object) VALUES ({:now}, 'submit', {:id})").bind({ now: now, id: id }).execute();
  });
  return e.json(201, answer);
});
