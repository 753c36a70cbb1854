// PocketBase as it comes: a collection that anybody may add a record to, through the API that it makes by itself.

onBootstrap((e) => {
  e.next();
  const texts = ["key", "province", "district", "subdistrict", "village", "role", "full_name", "phone", "contact"];
  const fields = texts.map((name) => ({ name, type: "text", required: true, max: 120 }));
  fields.push({ name: "session", type: "number" }, { name: "notice_read", type: "bool", required: true });
  e.app.save(new Collection({ type: "base", name: "signup", createRule: "", fields }));
});
