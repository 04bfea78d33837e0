"""A file server with faults, for the tests of downloads.

    python3 server.py FILE

Serves FILE at /MODE/<anything>, each MODE with a fault of its own, and at /log what was asked. Prints its port, and ends when its
standard input ends.
"""
import http.server, json, sys, threading

data = open(sys.argv[1], 'rb').read()
log = []
counts = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *arguments): pass

    def reply(self, status, body=b'', headers={}, cut=None):
        self.send_response(status)
        for name, value in {'Content-Length': len(body), 'Content-Type': 'application/octet-stream', **headers}.items():
            if value is not None: self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body if cut is None else body[:cut])
        self.wfile.flush()
        if cut is not None or 'Content-Length' in headers: self.close_connection = True

    def do_GET(self):
        mode = self.path.split('/')[1]
        if mode == 'log': return self.reply(200, json.dumps(log).encode())
        count = counts[mode] = counts.get(mode, 0) + 1
        asked, condition = self.headers.get('Range'), self.headers.get('If-Range')
        log.append({'mode': mode, 'range': asked, 'condition': condition, 'path': self.path})
        tag, content = '"one"', data
        if mode == 'redirect':
            return self.reply(302, headers={'Location': self.path.replace('/redirect/', '/cut3/')})
        if mode == 'missing': return self.reply(404, b'nothing here')
        if mode == 'broken': return self.reply(503, b'later')
        if mode == 'page': return self.reply(200, b'<!DOCTYPE html><html>log in</html>', {'Content-Type': 'text/html; charset=utf-8'})
        if mode == 'untyped-page': return self.reply(200, b'\n<html>log in</html>')
        if mode == 'small': return self.reply(200, data[:1000])
        if mode == 'garbage': content = bytes(b ^ 0x55 for b in data)
        if mode == 'changed' and count > 1: tag, content = '"two"', data[::-1]
        if mode == 'replaced' and count > 1: tag, content = '"two"', data + b'longer'
        if mode == 'untagged': tag = None
        start = 0
        if asked and mode != 'ranges-ignored' and (condition in (None, tag) or mode == 'careless'):
            start = int(asked.removeprefix('bytes=').removesuffix('-'))
            if mode == 'careless' and count == 2: tag = '"two"'
        headers = {'ETag': tag, 'Accept-Ranges': 'bytes'}
        if start >= len(content): return self.reply(416, headers={**headers, 'Content-Range': f'bytes */{len(content)}'})
        if start: headers['Content-Range'] = f'bytes {start}-{len(content) - 1}/{len(content)}'
        if mode == 'chunked':
            self.send_response(200)
            self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            for place in range(0, len(content), 100_000):
                piece = content[place:place + 100_000]
                self.wfile.write(b'%x\r\n%s\r\n' % (len(piece), piece))
            return self.wfile.write(b'0\r\n\r\n')
        cut = None
        if mode == 'cut3' and count < 4 or mode in ('ranges-ignored', 'changed', 'replaced', 'untagged', 'careless') and count == 1: cut = len(content) // 4
        if mode == 'always-cut': cut = len(content) // 4 if count == 1 else 0
        if mode == 'stall': cut = len(content) // 2
        self.reply(206 if start else 200, content[start:], headers, cut)
        if mode == 'stall': self.rfile.read(1)  # until the other side closes


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
