// Runs the published npm client `asaas`, unmodified, through sub-accounts and webhooks, with the key
// of a root account in ASAAS_KEY. Prints one line of JSON for each call: its name and the answer, or
// the error.
const { AsaasClient } = require("asaas");

const client = new AsaasClient(process.env.ASAAS_KEY, {
  baseUrl: process.env.ASAAS_URL,
  printError: false,
});

const wish = {
  name: "Loja do João",
  email: "joao@example.com",
  cpfCnpj: "66625514000140",
  companyType: "MEI",
  mobilePhone: "47 99878-1877",
  incomeValue: 25000,
  address: "Av. Rolf Wiest",
  addressNumber: "277",
  province: "Bom Retiro",
  postalCode: "89223005",
};
const hook = {
  name: "Cobranças",
  url: "https://example.com/hook",
  email: "joao@example.com",
  sendType: "SEQUENTIALLY",
  enabled: true,
  authToken: process.env.ASAAS_TOKEN,
  events: ["PAYMENT_RECEIVED", "PHONE_RECHARGE_PENDING"],
};

const call = async (name, work) => {
  let line;
  try {
    line = { name, answer: await work() };
  } catch (error) {
    line = { name, status: error.response?.status, body: error.response?.data };
  }
  console.log(JSON.stringify(line));
  return line.answer ?? {};
};

(async () => {
  const account = await call("accounts.create", () => client.accounts.create(wish));
  await call("accounts.create again", () => client.accounts.create(wish));
  await call("accounts.list", () => client.accounts.list({ email: wish.email, limit: 5 }));
  await call("accounts.getById", () => client.accounts.getById(account.id));

  const sub = new AsaasClient(account.apiKey, {
    baseUrl: process.env.ASAAS_URL,
    printError: false,
  });
  await call("customers.list", () => sub.customers.list());
  const webhook = await call("webhooks.create", () => sub.webhooks.create(hook));
  await call("webhooks.create wrong", () => sub.webhooks.create({ ...hook, events: ["PAYMENT_RECIEVED"] }));
  await call("webhooks.list", () => sub.webhooks.list());
  await call("webhooks.getById", () => sub.webhooks.getById(webhook.id));
  await call("webhooks.updateById", () => sub.webhooks.updateById(webhook.id, { enabled: false }));
  await call("webhooks.delete", () => sub.webhooks.delete(webhook.id));
  await call("webhooks.getById gone", () => sub.webhooks.getById(webhook.id));
})();
