"""The certificate of servers on this machine: programs that are given SSL_CERT_FILE trust it, and nobody else does.

Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=discord.test
-addext subjectAltName=DNS:discord.test,DNS:mirror.test,IP:127.0.0.1`; its key is in the same file.
"""

import ssl
from pathlib import Path

CERTIFICATE = Path(__file__).parent / "certificate.pem"


def tls_of_server() -> ssl.SSLContext:
    """For a server that shows the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context
