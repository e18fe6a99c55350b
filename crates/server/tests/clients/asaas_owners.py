# Runs the published PyPI client `asaas`, unmodified, through sub-accounts, their keys and webhooks,
# with the key of a root account in ASAAS_KEY. Prints one line of JSON for each call: its name and
# the answer, or the error.
import json
import os

from asaas import Asaas
from asaas.exceptions import AsaasAPIError

client = Asaas(api_key=os.environ["ASAAS_KEY"], base_url=os.environ["ASAAS_URL"])


def shown(answer):
    if hasattr(answer, "data"):
        return {"data": answer.data, "total": answer.total_count, "more": answer.has_more}
    return answer


def call(name, work):
    try:
        answer = work()
        line = {"name": name, "answer": shown(answer)}
    except AsaasAPIError as error:
        answer = {}
        line = {"name": name, "error": type(error).__name__, "errors": error.errors}
    print(json.dumps(line))
    return answer


def create(number, cpf, **more):
    return client.accounts.create(
        f"Loja {number}", cpf, email=f"loja{number}@example.com", mobile_phone="47998781877",
        address="Av. Rolf Wiest", address_number="277", province="Bom Retiro",
        postal_code="89223005", income_value=25000.0, **more,
    )


accounts, hooks = client.accounts, client.webhooks
first = call("accounts.create", lambda: create(1, "249.715.637-92", birth_date="1990-01-31"))
second = call("accounts.create with webhooks", lambda: create(2, "66625514000140", webhooks=[{
    "url": "https://example.com/hook", "email": "ana@example.com", "events": ["BILL_PAID"],
}]))
call("accounts.create wrong", lambda: accounts.create("Loja", "1"))
call("accounts.list", lambda: accounts.list(limit=1))
call("accounts.list_all", lambda: list(accounts.list_all(limit=1)))
call("accounts.get", lambda: accounts.get(first["id"]))
call("accounts.get absent", lambda: accounts.get("x"))

token = call("accounts.create_access_token", lambda: accounts.create_access_token(first["id"]))
call("accounts.list_access_tokens", lambda: accounts.list_access_tokens(first["id"]))
call("accounts.update_access_token",
     lambda: accounts.update_access_token(first["id"], token["id"]))
call("accounts.delete_access_token",
     lambda: accounts.delete_access_token(first["id"], token["id"]))

hook = call("webhooks.create", lambda: hooks.create(
    "https://example.com/hook", "ana@example.com", api_version=3, events=["ACCESS_TOKEN_CREATED"],
    auth_token=os.environ["ASAAS_TOKEN"],
))
call("webhooks.list", lambda: hooks.list(limit=5))
call("webhooks.get", lambda: hooks.get(hook["id"]))
call("webhooks.update", lambda: hooks.update(hook["id"], interrupted=True))
call("webhooks.remove_backoff", lambda: hooks.remove_backoff(hook["id"]))
call("webhooks.delete", lambda: hooks.delete(hook["id"]))
call("webhooks.get gone", lambda: hooks.get(hook["id"]))
