#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""models/fetch against a server on this machine: resuming, wrong files, servers that fail.

Prints TAP. The server keeps a log of requests, so that a test sees what was asked for.
"""
import hashlib
import http.server
import os
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = os.environ.get('VIN_SOURCE_ROOT') or os.path.join(os.path.dirname(__file__), '..', '..')
FETCH = os.path.join(ROOT, 'models', 'fetch')
CONTENT = bytes((i * 7 + i // 251) % 256 for i in range(300000))


class Handler(http.server.BaseHTTPRequestHandler):
    """/good: ranges; /norange: none; /wrong: other bytes; /short: a Content-Length that lies;
    /long: bytes after the end; /badrange: the wrong part; anything else: 404."""

    requests = []

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        ranged = self.headers.get('Range')
        Handler.requests.append((self.path, ranged))
        kind = self.path.strip('/')
        body, status, headers = CONTENT, 200, {}
        if kind == 'wrong':
            body = CONTENT[:-1] + b'!'
        elif kind == 'long':
            body = CONTENT + b'more'
        elif kind == 'short':
            self.send_body(CONTENT[:100000], 200, {}, len(CONTENT))
            return
        elif kind not in ('good', 'norange', 'badrange'):
            self.send_error(404)
            return
        if ranged and kind != 'norange':
            start = int(ranged[len('bytes='):-1]) + (1 if kind == 'badrange' else 0)
            body, status = body[start:], 206
            headers['Content-Range'] = f'bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}'
        self.send_body(body, status, headers, len(body))

    def send_body(self, body, status, headers, length):
        self.send_response(status)
        self.send_header('Content-Length', str(length))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass


class FetchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        cls.thread = threading.Thread(target=cls.server.serve_forever, daemon=True)
        cls.thread.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        Handler.requests.clear()
        self.folder = tempfile.TemporaryDirectory()
        self.dest = os.path.join(self.folder.name, 'a', 'b')
        self.final = os.path.join(self.dest, 'net.onnx')
        self.part = self.final + '.part'

    def tearDown(self):
        self.folder.cleanup()

    def fetch(self, *kinds, arguments=None, facts=None):
        models = os.path.join(self.folder.name, 'models.ini')
        entry = {'title': 'A network', 'file': 'net.onnx', 'size': len(CONTENT),
                 'sha256': hashlib.sha256(CONTENT).hexdigest(),
                 'urls': ' '.join(f'http://127.0.0.1:{self.server.server_port}/{kind}'
                                  for kind in kinds)}
        entry.update(facts or {})
        with open(models, 'w', encoding='utf-8') as file:
            file.write('[net]\n' + ''.join(f'{key}={value}\n' for key, value in entry.items()))
        environment = {key: value for key, value in os.environ.items()
                       if not key.lower().endswith('_proxy')}
        environment['XDG_DATA_HOME'] = os.path.join(self.folder.name, 'home')
        return subprocess.run([sys.executable, FETCH, '--models', models]
                              + (arguments or ['--dest', self.dest, 'net']),
                              capture_output=True, text=True, timeout=60, check=False,
                              env=environment)

    def write_part(self, data):
        os.makedirs(self.dest)
        with open(self.part, 'wb') as file:
            file.write(data)

    def expect_ok(self, result, path=None):
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, '')
        with open(path or self.final, 'rb') as file:
            self.assertEqual(file.read(), CONTENT)
        self.assertFalse(os.path.exists((path or self.final) + '.part'))

    def expect_failure(self, result, *words):
        self.assertNotIn(result.returncode, (0, None))
        self.assertNotIn('Traceback', result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertFalse(os.path.exists(self.final))

    def test_plain(self):
        result = self.fetch('good')
        self.expect_ok(result)
        self.assertIn(self.final, result.stdout)
        self.assertEqual(Handler.requests, [('/good', None)])

    def test_there_already(self):
        self.expect_ok(self.fetch('good'))
        result = self.fetch('good')
        self.expect_ok(result)
        self.assertIn('already', result.stdout)
        self.assertEqual(len(Handler.requests), 1)

    def test_damaged_file_is_replaced(self):
        os.makedirs(self.dest)
        with open(self.final, 'wb') as file:
            file.write(CONTENT[:-1] + b'?')
        self.expect_ok(self.fetch('good'))

    def test_default_folder(self):
        path = os.path.join(self.folder.name, 'home', 'vkinception', 'models', 'net.onnx')
        self.expect_ok(self.fetch('good', arguments=['net']), path)

    def test_resume(self):
        self.write_part(CONTENT[:123456])
        self.expect_ok(self.fetch('good'))
        self.assertEqual(Handler.requests, [('/good', 'bytes=123456-')])

    def test_resume_without_ranges(self):
        self.write_part(CONTENT[:123456])
        self.expect_ok(self.fetch('norange'))

    def test_resume_of_other_bytes(self):
        self.write_part(b'x' * 1000)
        self.expect_ok(self.fetch('good'))
        self.assertEqual(Handler.requests, [('/good', 'bytes=1000-'), ('/good', None)])

    def test_whole_part_needs_no_request(self):
        self.write_part(CONTENT)
        self.expect_ok(self.fetch('good'))
        self.assertEqual(Handler.requests, [])

    def test_wrong_range(self):
        self.write_part(CONTENT[:1000])
        self.expect_ok(self.fetch('badrange', 'good'))

    def test_second_url(self):
        self.expect_ok(self.fetch('missing', 'good'))
        self.assertEqual([path for path, _ in Handler.requests], ['/missing', '/good'])

    def test_second_url_resumes(self):
        self.expect_ok(self.fetch('short', 'good'))
        self.assertEqual(Handler.requests, [('/short', None), ('/good', 'bytes=100000-')])

    def test_not_found(self):
        self.expect_failure(self.fetch('missing', 'gone'), '/missing', '/gone', '404')

    def test_wrong_bytes(self):
        self.expect_failure(self.fetch('wrong'), 'SHA-256')
        self.assertFalse(os.path.exists(self.part))

    def test_too_long(self):
        self.expect_failure(self.fetch('long'), str(len(CONTENT)))
        self.assertFalse(os.path.exists(self.part))

    def test_truncated_is_kept_for_later(self):
        self.expect_failure(self.fetch('short'), '100000')
        self.assertEqual(os.path.getsize(self.part), 100000)
        self.expect_ok(self.fetch('good'))

    def test_no_server(self):
        self.expect_failure(self.fetch(facts={'urls': 'http://127.0.0.1:1/net'}), '127.0.0.1:1')

    def test_unknown_name(self):
        self.expect_failure(self.fetch('good', arguments=['other']), '"other"', 'net')

    def test_bad_lists(self):
        self.expect_failure(self.fetch('good', facts={'size': 'big'}), '[net]')
        self.expect_failure(self.fetch('good', facts={'file': '../net.onnx'}), '[net]')
        self.expect_failure(self.fetch(), '[net]', 'urls')

    def test_unwritable(self):
        blocked = os.path.join(self.folder.name, 'blocked')
        with open(blocked, 'w', encoding='utf-8'):
            pass
        self.expect_failure(self.fetch('good', arguments=['--dest', blocked, 'net']),
                            'cannot write')

    def test_list_and_help(self):
        listed = self.fetch('good', arguments=['--list'])
        self.assertEqual(listed.returncode, 0)
        self.assertIn('net', listed.stdout)
        self.assertIn('A network', listed.stdout)
        self.assertIn('--dest', self.fetch('good', arguments=['--help']).stdout)
        self.assertNotEqual(self.fetch('good', arguments=['--dest', self.dest]).returncode, 0)

    def test_own_list(self):
        result = subprocess.run([FETCH, '--list'], capture_output=True, text=True, check=True)
        self.assertIn('googlenet', result.stdout)
        self.assertTrue(os.stat(FETCH).st_mode & stat.S_IXUSR)


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0

    def report(self, test, ok):
        self.number += 1
        print(f'{"ok" if ok else "not ok"} {self.number} {test.id().split(".")[-1]}', flush=True)

    def addSuccess(self, test):
        self.report(test, True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.report(test, False)
        print(self.failures[-1][1], file=sys.stderr)

    def addError(self, test, err):
        super().addError(test, err)
        self.report(test, False)
        print(self.errors[-1][1], file=sys.stderr)


if __name__ == '__main__':
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(FetchTest)
    print(f'1..{suite.countTestCases()}')
    outcome = TapResult()
    suite.run(outcome)
    sys.exit(0 if outcome.wasSuccessful() else 1)
