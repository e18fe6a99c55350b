"""A mail server that takes letters, and puts off, refuses or breaks off where the address says so.

Prints its port (a free one, where none is named), then each letter that it took as one line of JSON.
"""
import asyncio, email, email.policy, json, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

mode, certificate, key, login, *port = sys.argv[1:]


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("unwanted@"):
            return "553 5.7.1 not from you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = {"defer": "451 4.7.1 greylisted,\r\n come back", "refuse": "550 5.1.1 nobody here",
                   "closing": "421 4.3.2 going down"}
        answer = answers.get(address.split("@")[0])
        if answer:
            return answer.replace("\r\n", " ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        kind = envelope.rcpt_tos[0].split("@")[0]
        if kind == "later":
            return "452 4.3.1 disk full"
        if kind == "spam":
            return "554 5.7.1 looks like spam"
        letter = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": server.transport.get_extra_info("sslcontext") is not None,
                  "login": bool(session.authenticated), "text": envelope.content.decode("ascii")}
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        letter |= {"id": read["Message-ID"], "date": read["Date"], "subject": read["Subject"],
                   "plain": read.get_body(("plain",)).get_content()}
        print(json.dumps(letter), flush=True)
        if kind == "dropped":
            server.transport.abort()
        if kind == "silent":
            # Never answered: whoever waits here gives up, or the server ends.
            await asyncio.get_running_loop().create_future()
        return "250 OK"


def authenticator(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == b"keys" and data.password == b"right"
    return AuthResult(success=good, handled=False)


class Server(Controller):
    def factory(self):
        settings = {"hostname": "mail.example"}
        if mode == "starttls":
            settings |= {"tls_context": context, "require_starttls": True}
        if login == "login":
            settings |= {"authenticator": authenticator, "auth_required": True, "auth_require_tls": False}
        return SMTP(self.handler, **settings)


context = None
if mode != "clear":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
controller = Server(Handler(), hostname="127.0.0.1", port=0, ssl_context=context if mode == "tls" else None)
# Port 0 is not its idea of a port, so the loop is run here.
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
listening = loop.run_until_complete(
    loop.create_server(controller.factory, "127.0.0.1", int(port[0]) if port else 0, ssl=controller.ssl_context))
print(listening.sockets[0].getsockname()[1], flush=True)
loop.run_forever()
