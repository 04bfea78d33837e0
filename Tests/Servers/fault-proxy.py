#!/usr/bin/env python3
"""A TCP proxy that breaks connections on command: fault-proxy.py TARGET-PORT

Prints "PORT <n>" when it listens. Reads commands from standard input and answers each with "DONE <command>":
  pass         forward everything
  freeze       accept, but forward nothing
  reset        reset all connections, and new ones after their first bytes
  rate BYTES   forward at most that many bytes a second
Ends with its standard input.
"""
import asyncio
import socket
import struct
import sys

target = int(sys.argv[1])
mode = "pass"
rate = 0
changed = asyncio.Event()
connections = set()


def reset(writer):
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def pump(reader, writer, other):
    try:
        while data := await reader.read(65536):
            while mode == "freeze":
                await changed.wait()
            if mode == "reset":
                reset(writer)
                reset(other)
                return
            if mode == "rate":
                await asyncio.sleep(len(data) / rate)
            writer.write(data)
            await writer.drain()
    except (ConnectionError, OSError):
        pass
    finally:
        writer.transport.abort()


async def serve(reader, writer):
    try:
        upstream, downstream = await asyncio.open_connection("127.0.0.1", target)
    except OSError:
        reset(writer)
        return
    pair = (writer, downstream)
    connections.add(pair)
    await asyncio.gather(
        pump(reader, downstream, writer), pump(upstream, writer, downstream))
    connections.discard(pair)


async def main():
    global mode, rate, changed
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(f"PORT {server.sockets[0].getsockname()[1]}", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        words = line.split()
        if not words:
            continue
        mode = words[0]
        rate = int(words[1]) if len(words) > 1 else 0
        if mode == "reset":
            for pair in list(connections):
                for writer in pair:
                    reset(writer)
        changed.set()
        changed = asyncio.Event()
        print(f"DONE {mode}", flush=True)
    # Waiting tasks would hold the program up.
    import os
    os._exit(0)


asyncio.run(main())
