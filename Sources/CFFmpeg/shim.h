// FFmpeg's macros and variadic functions, which Swift cannot import.
#pragma once
#include <libavcodec/avcodec.h>
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
