#!/usr/bin/python3
"""A real RTSP server for the tests: GStreamer's.

Serves a moving test picture at rtsp://127.0.0.1:PORT/live, takes published streams at /record, and prints
"PORT <n>" when it listens, "PUBLISHER <name>" for each publisher that began and "RECORDED <name> <n>" for
every tenth of its pictures. Ends with its standard input, so that it never outlives the test.
"""
import argparse
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--port", default="0")
parser.add_argument("--width", type=int, default=320)
parser.add_argument("--height", type=int, default=180)
parser.add_argument("--rate", type=int, default=30)
parser.add_argument("--key-interval", type=int, default=15, help="frames")
parser.add_argument("--loss", type=float, default=0.0, help="part of the RTP packets that is dropped")
parser.add_argument("--record", default="record", help="names under which published streams are taken")
parser.add_argument("--user", default="")
parser.add_argument("--password", default="")
options = parser.parse_args()

Gst.init(None)
source = (
    f"videotestsrc is-live=true pattern=ball ! video/x-raw,width={options.width},"
    f"height={options.height},framerate={options.rate}/1 ! "
    f"x264enc tune=zerolatency speed-preset=ultrafast key-int-max={options.key_interval} "
    "sliced-threads=false ! video/x-h264,profile=baseline ! h264parse "
)
if options.loss > 0:
    pay = f"! rtph264pay config-interval=-1 mtu=400 ! netsim name=pay0 drop-probability={options.loss}"
else:
    pay = "! rtph264pay config-interval=-1 name=pay0"

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(options.port)
play = GstRtspServer.RTSPMediaFactory()
play.set_launch(f"( {source} {pay} )")
play.set_shared(True)
mounts = server.get_mount_points()
if options.user:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_basic(
        GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    play.set_permissions(permissions)
mounts.add_factory("/live", play)

decoder = "avdec_h264 ! " if Gst.ElementFactory.find("avdec_h264") else ""


def add_record(name):
    """Takes a published stream at /NAME and tells of every tenth packet or picture."""
    record = GstRtspServer.RTSPMediaFactory()
    record.set_launch(
        f"( rtph264depay name=depay0 ! h264parse ! {decoder}fakesink name=sink "
        "signal-handoffs=true async=false )")
    record.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    count = 0

    def handed(*_):
        nonlocal count
        count += 1
        if count % 10 == 0:
            print(f"RECORDED {name} {count}", flush=True)

    def configured(_, media):
        media.get_element().get_by_name("sink").connect("handoff", handed)
        print(f"PUBLISHER {name}", flush=True)

    record.connect("media-configure", configured)
    mounts.add_factory(f"/{name}", record)


for name in options.record.split(","):
    add_record(name)

if server.attach(None) == 0:
    print("cannot listen", file=sys.stderr)
    sys.exit(1)
print(f"PORT {server.get_bound_port()}", flush=True)
loop = GLib.MainLoop()


def wait_for_end():
    sys.stdin.read()
    loop.quit()


threading.Thread(target=wait_for_end, daemon=True).start()
loop.run()
