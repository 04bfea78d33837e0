// What Swift cannot import: FFmpeg's macros that are expressions, and a Linux system call that
// glibc's module leaves out.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

static const int64_t YV_NOPTS_VALUE = AV_NOPTS_VALUE;
static const int YV_ERROR_EOF = AVERROR_EOF;
static const int YV_ERROR_EAGAIN = AVERROR(EAGAIN);
static const int YV_ERROR_EXIT = AVERROR_EXIT;
static const int YV_ERROR_ENOMEM = AVERROR(ENOMEM);
static const int YV_ERROR_INVALIDDATA = AVERROR_INVALIDDATA;
static const int YV_ERROR_DECODER_NOT_FOUND = AVERROR_DECODER_NOT_FOUND;
static const int YV_ERROR_DEMUXER_NOT_FOUND = AVERROR_DEMUXER_NOT_FOUND;
static const int YV_ERROR_STREAM_NOT_FOUND = AVERROR_STREAM_NOT_FOUND;

// Renames without replacing: -1 and errno EEXIST if `to` exists.
static inline int yv_rename_noreplace(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}
