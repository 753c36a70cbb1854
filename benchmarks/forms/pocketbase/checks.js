// What is asked, as content/forms/trainer_signup.yml has it: each question reads its answer or throws what is wrong.

const { tidy, phone, hasCitizenId, hasSecretCode } = require(`${__hooks}/text.js`);

const VILLAGE_ROLES = ["kamnan", "village_head", "assistant", "tambon_doctor", "sarawat"];
const ROLES = [...VILLAGE_ROLES, "community_leader", "other"];
const CONTACTS = ["call", "sms", "either"];
const NEEDS = ["ramp", "sign_language", "large_print", "reader", "companion"];
const BANGKOK = "10";

function area(digits) {
  return (code, given, areas) => {
    const known = typeof code === "string" && code.length === digits && areas.has(`area ${code}`);
    if (!known || (digits > 2 && !code.startsWith(given[digits === 4 ? "province" : "district"]))) throw "no such place";
    return code;
  };
}

function oneOf(codes) {
  return (code) => {
    if (!codes.includes(code)) throw "not in the list";
    return code;
  };
}

function words(longest, required) {
  return (text) => {
    const line = tidy(text);
    if (!line && required) throw "missing";
    if (line.length > longest) throw "too long";
    if (hasCitizenId(line)) throw "no citizen ID";
    if (hasSecretCode(line)) throw "no PIN";
    return line || null;
  };
}

function fullName(text) {
  const name = words(120, true)(text);
  if (!/[A-Za-zก-ฮ]/.test(name) || /[0-9๐-๙]/.test(name)) throw "letters only";
  return name;
}

function needs(chosen) {
  if (chosen === undefined || chosen === null) return null;
  if (chosen.some((code) => !NEEDS.includes(code))) throw "not in the list";
  return NEEDS.filter((code) => chosen.includes(code)).join(",") || null;
}

const FIELDS = {
  province: area(2),
  district: area(4),
  subdistrict: area(6),
  village: words(100, true),
  role: oneOf(ROLES),
  session: (id) => {
    if (id !== null && !Number.isInteger(id)) throw "a number or null";
    return id;
  },
  full_name: fullName,
  phone: (text) => {
    const number = phone(text);
    if (!number) throw "not a Thai number";
    return number;
  },
  contact: oneOf(CONTACTS),
  needs,
  note: words(300, false),
  notice_read: (read) => {
    if (read !== true) throw "missing";
    return 1;
  },
};

function brokenRules(values) {
  const errors = {};
  const inBangkok = values.province === BANGKOK;
  if (inBangkok ? VILLAGE_ROLES.includes(values.role) : values.role === "community_leader") errors.role = "not there";
  if (values.contact === "sms" && !/^0[689]/.test(values.phone)) errors.contact = "no SMS to a landline";
  return errors;
}

// Returns every answer in the form it is kept in, and what is wrong, by field.
exports.checked = (body, areas) => {
  const values = {};
  const errors = {};
  for (const name of Object.keys(body)) if (!(name in FIELDS)) errors[name] = "no such question";
  for (const [name, read] of Object.entries(FIELDS)) {
    try {
      values[name] = read(body[name], values, areas);
    } catch (wrong) {
      errors[name] = String(wrong);
    }
  }
  return { values, errors: { ...brokenRules(values), ...errors } };
};
