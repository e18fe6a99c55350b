// Runs the published npm client `asaas`, unmodified, against the address in ASAAS_URL with the key
// in ASAAS_KEY, and prints one line of JSON for each call: its name, and the answer or the error.
const { AsaasClient } = require("asaas");

const client = new AsaasClient(process.env.ASAAS_KEY, {
  baseUrl: process.env.ASAAS_URL,
  printError: false,
});

const calls = {
  "customers.list": () => client.customers.list(),
  "customers.new": () => client.customers.new({ name: "Ana", cpfCnpj: "24971563792" }),
  "customers.updateById": () => client.customers.updateById("cus_1", { name: "Ana Lima" }),
  "customers.delete": () => client.customers.delete("cus_1"),
  "payments.list": () => client.payments.list(),
  "payments.new": () => client.payments.new({ customer: "cus_1", value: 10 }),
};

(async () => {
  for (const [name, call] of Object.entries(calls)) {
    let line;
    try {
      line = { name, answer: await call() };
    } catch (error) {
      line = { name, status: error.response?.status, body: error.response?.data };
    }
    console.log(JSON.stringify(line));
  }
})();
