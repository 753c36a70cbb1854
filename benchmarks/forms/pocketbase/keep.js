// One durable transaction: look the key up, take a seat or a place in the queue, keep the row, remember, note.

const FORM = "trainer_signup";
const ALPHABET = "2346789ACDEFHJKMNPRTWXY";
const [DATA_KEY, INDEX_KEY, AUDIT_KEY] = ["DATA_KEY", "INDEX_KEY", "AUDIT_KEY"].map((name) => $os.getenv(name));

const SEEN =
  "SELECT body_hash, reference, state, coalesce(position, 0) AS position FROM idempotency" +
  " WHERE form_id = {:form} AND key = {:key}";
const TAKE_SEAT =
  "UPDATE training_session SET taken = taken + 1, next_ticket = next_ticket + 1 WHERE id = {:id}" +
  " AND province = {:province} AND taken < capacity AND waiting = 0 AND state = 'open' AND starts_at > {:now}" +
  " RETURNING next_ticket - 1 AS ticket";
const JOIN_QUEUE =
  "UPDATE training_session SET waiting = waiting + 1, next_ticket = next_ticket + 1 WHERE id = {:id}" +
  " AND province = {:province} AND state = 'open' AND starts_at > {:now}" +
  " RETURNING next_ticket - 1 AS ticket, waiting AS position";
const REMEMBER =
  "INSERT INTO idempotency (form_id, key, body_hash, reference, state, position, created_at)" +
  " VALUES ({:form}, {:key}, {:hash}, {:reference}, {:state}, {:position}, {:at})";
const LAST = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
const APPEND =
  "INSERT INTO audit (seq, at, actor, action, object, detail, keyed, hash)" +
  " VALUES ({:seq}, {:at}, 'public', 'submit', 'count=1', {:reference}, 1, {:hash})";
const COLUMNS = [
  "reference", "key", "form_version", "created_at", "channel", "state", "session_id", "ticket", "province", "district",
  "subdistrict", "village", "role", "full_name", "phone", "contact", "needs", "note", "notice_read", "phone_hash",
];
const KEEP = `INSERT INTO ${FORM} (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map((name) => `{:${name}}`).join(", ")})`;

function first(tx, sql, given, shape) {
  const rows = arrayOf(new DynamicModel(shape));
  tx.db().newQuery(sql).bind(given).all(rows);
  return rows.length ? rows[0] : null;
}

function run(tx, sql, given) {
  tx.db().newQuery(sql).bind(given).execute();
}

// Sealed by AES-256-GCM with a fresh nonce. Ours also binds it to table, row and column, which $security cannot.
function sealed(text) {
  return text === null ? null : `v1.k1.${$security.encrypt(text, DATA_KEY)}`;
}

function seat(tx, values) {
  if (values.session === null) return { state: "received", ticket: null, position: null };
  const local = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 16);
  const given = { id: values.session, province: values.province, now: local };
  const seated = first(tx, TAKE_SEAT, given, { ticket: 0 });
  if (seated) return { state: "seated", ticket: seated.ticket, position: null };
  const queued = first(tx, JOIN_QUEUE, given, { ticket: 0, position: 0 });
  return queued && { state: "waiting", ticket: queued.ticket, position: queued.position };
}

function note(tx, at, reference) {
  const last = first(tx, LAST, {}, { seq: 0, hash: "" }) || { seq: 0, hash: "" };
  const seq = last.seq + 1;
  const link = JSON.stringify([last.hash, seq, at, "public", "submit", "count=1", reference]);
  run(tx, APPEND, { seq, at, reference, hash: $security.hs256(link, AUDIT_KEY) });
}

// What can be worked out before the transaction is: while it runs, nobody else can write.
function prepared(key, values) {
  const { session, ...answers } = values;
  return {
    ...answers,
    phone: sealed(values.phone),
    note: sealed(values.note),
    phone_hash: $security.hs256(values.phone, INDEX_KEY).slice(0, 16),
    key,
    session_id: session,
    reference: $security.randomStringWithAlphabet(8, ALPHABET),
    created_at: new Date().toISOString(),
    form_version: $os.getenv("FORM_VERSION"),
    channel: "api",
  };
}

// Returns the status and the answer; the same key and answers give the first answer again.
exports.kept = (app, key, values) => {
  const hash = $security.hs256($security.sha256(JSON.stringify([FORM, values])), INDEX_KEY);
  const row = prepared(key, values);
  let told = [201, null];
  app.runInTransaction((tx) => {
    const seen = first(tx, SEEN, { form: FORM, key }, { body_hash: "", reference: "", state: "", position: 0 });
    if (seen) {
      const { reference, state, position } = seen;
      told = seen.body_hash === hash ? [200, { reference, state, position: position || null }] : [409, { reference }];
      return;
    }
    const got = seat(tx, values);
    if (!got) {
      told = [422, { errors: { session: "closed" } }];
      return;
    }
    const { reference, created_at: at } = row;
    run(tx, KEEP, { ...row, state: got.state, ticket: got.ticket });
    run(tx, REMEMBER, { form: FORM, key, hash, reference, state: got.state, position: got.position, at });
    note(tx, at, reference);
    told[1] = { reference, state: got.state, position: got.position };
  });
  return told;
};
