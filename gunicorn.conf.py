"""How gunicorn serves the application. HOST, PORT, WEB_CONCURRENCY (workers) and THREADS (of each) change it."""

import os
import resource
import threading
from pathlib import Path

from app import logs
from app.config import Settings
from app.execution.memory import return_large_blocks
from app.web.server import Worker
from app.web.transfers import RECEIVING, SENDING

wsgi_app = "wsgi:app"
host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{host}]' if host.count(':') > 1 and not host.startswith('[') else host}:{os.environ.get('PORT', '8000')}"

worker_class = Worker
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))  # it only answers: pictures have processes of their own
# More than may evaluate (as many as cores), wait to (16), for another's equal question (24), for late pictures (48)
# or to be stored (16), and than may wait for slow clients: the rest serves pages and checks.
threads = int(os.environ.get("THREADS", (os.cpu_count() or 1) + 112 + RECEIVING + SENDING))
preload_app = False  # a worker starts and owns its processes for pictures

timeout = 120  # guards against a dead worker only: evaluations have a deadline of their own
graceful_timeout = 65  # lets an evaluation within its 60 s deadline finish
keepalive = 5
worker_connections = 1000  # clients that send a head, or nothing, cost one of these and no thread

# Connections, and files in which bodies wait: more than the 1024 that are usual.
_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _files))

# Heartbeats go to memory: a busy disk must not make a worker look dead.
_memory = Path("/dev/shm")  # noqa: S108 - a mount; gunicorn makes its files there by mkstemp
worker_tmp_dir = str(_memory) if _memory.is_mount() else None
control_socket_disable = True

accesslog = "-"
logconfig_dict = logs.configuration(Settings().log_format)
# As text. Of JSON it says when there is a line: what is in it, app/logs.py says.
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s B %(M)s ms'  # %(r)s is as sent; %(U)s is decoded, line breaks included


def post_worker_init(worker: Worker) -> None:
    """Keep it small, and start a process for pictures in the background, which holds up no page and no pair."""
    return_large_blocks()
    service = worker.wsgi.extensions["image_diff"]
    threading.Thread(target=service.workers.start, name="start").start()
