// What Swift cannot import: FFmpeg's macros that are expressions.
#pragma once
#include <errno.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/motion_vector.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "versions.h"

static const int64_t YV_NOPTS_VALUE = AV_NOPTS_VALUE;
static const int YV_ERROR_EOF = AVERROR_EOF;
static const int YV_ERROR_EAGAIN = AVERROR(EAGAIN);
static const int YV_ERROR_EINVAL = AVERROR(EINVAL);
static const int YV_ERROR_EXIT = AVERROR_EXIT;
static const int YV_ERROR_ENOMEM = AVERROR(ENOMEM);
static const int YV_ERROR_INVALIDDATA = AVERROR_INVALIDDATA;
static const int YV_ERROR_DEMUXER_NOT_FOUND = AVERROR_DEMUXER_NOT_FOUND;
static const int YV_ERROR_STREAM_NOT_FOUND = AVERROR_STREAM_NOT_FOUND;
