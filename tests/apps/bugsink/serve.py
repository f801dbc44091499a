# Serves Bugsink in this process alone, so that to kill it is to end it.
import os
import urllib.parse
from wsgiref.simple_server import WSGIRequestHandler, make_server

from bugsink.wsgi import application


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


port = urllib.parse.urlsplit(os.environ["BUGSINK_TEST_URL"]).port
make_server("127.0.0.1", port, application, handler_class=Quiet).serve_forever()
