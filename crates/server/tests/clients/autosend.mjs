// Runs the published npm client `autosendjs`, unmodified, against the address in AUTOSEND_URL with
// the key in AUTOSEND_KEY, and prints one line of JSON for each call: its name and its result.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.CHAVEIRO_TEST_CLIENTS}/package.json`);
const { Autosend } = require("autosendjs");
const { Resend } = require("autosendjs/resend");

const options = { baseUrl: process.env.AUTOSEND_URL };
const client = new Autosend(process.env.AUTOSEND_KEY, options);
const resend = new Resend(process.env.AUTOSEND_KEY, options);

const newest = async () => {
  const { data } = await client.http.get("/account/projects");
  return data?.projects?.at(-1) ?? { id: "60d5ec49f1b2c72d9c8b1234" };
};

const mail = {
  from: { email: "you@example.com" },
  to: { email: "user@example.com" },
  subject: "Hello",
  text: "Hello",
};

const calls = {
  "emails.send": () => client.emails.send(mail),
  "contacts.create": () => client.contacts.create({ email: "user@example.com" }),
  "contacts.get": () => client.contacts.get("1"),
  "contacts.delete": () => client.contacts.delete("1"),
  "projects.create": () => client.http.post("/account/projects", { name: "From a client" }),
  "projects.list": () => client.http.get("/account/projects"),
  "projects.get": async () => client.http.get(`/account/projects/${(await newest()).id}`),
  "projects.delete": async () => client.http.delete(`/account/projects/${(await newest()).id}`),
  "resend.emails.send": () =>
    resend.emails.send({ from: "you@example.com", to: "user@example.com", subject: "Hi", text: "Hi" }),
};

for (const [name, call] of Object.entries(calls)) {
  let result;
  try {
    result = await call();
  } catch (error) {
    result = { thrown: String(error) };
  }
  console.log(JSON.stringify({ name, result }));
}
