import Glibc

/// Writes all bytes to a file, a pipe or a device; returns 0 or an `errno`.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes
    while !rest.isEmpty {
        let written = write(descriptor, rest.baseAddress, rest.count)
        if written > 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if written == 0 {
            return EIO
        } else if errno == EAGAIN {
            // A pipe set to non-blocking by whoever shares it: wait until it takes more.
            var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&poller, 1, -1) < 0 && errno != EINTR { return errno }
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}
