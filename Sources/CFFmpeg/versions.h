// What FFmpeg 5.1 to 7.1 do in different ways, each behind a function of its own, so that the code in Swift
// knows one FFmpeg. The limits are those that FFmpeg's doc/APIchanges states.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/macros.h>

#if LIBAVUTIL_VERSION_INT < AV_VERSION_INT(57, 28, 100)
#error "FFmpeg 5.1 or newer is needed"
#endif

// How long a frame lasts, in units of its timestamp; 0 where unknown.
static inline int64_t yv_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

static inline void yv_frame_set_duration(AVFrame *frame, int64_t duration) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    frame->duration = duration;
#else
    frame->pkt_duration = duration;
#endif
}

static inline bool yv_frame_is_key(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    return frame->flags & AV_FRAME_FLAG_KEY;
#else
    return frame->key_frame;
#endif
}

static inline void yv_frame_clear_key(AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    frame->flags &= ~AV_FRAME_FLAG_KEY;
#else
    frame->key_frame = 0;
#endif
}

static inline bool yv_frame_is_interlaced(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    return frame->flags & AV_FRAME_FLAG_INTERLACED;
#else
    return frame->interlaced_frame;
#endif
}

static inline bool yv_frame_is_top_first(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    return frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
    return frame->top_field_first;
#endif
}

static inline void yv_frame_set_fields(AVFrame *frame, bool interlaced, bool top_first) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    frame->flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
    if (interlaced) frame->flags |= AV_FRAME_FLAG_INTERLACED;
    if (top_first) frame->flags |= AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
    frame->interlaced_frame = interlaced;
    frame->top_field_first = top_first;
#endif
}

// Numbers that go with packets through a decoder and come out with their frames. Call the first before the
// decoder is opened, the second before each packet is sent; NULL announces the end.
static inline void yv_decoder_expect_numbers(AVCodecContext *context) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(59, 63, 100)
    context->flags |= AV_CODEC_FLAG_COPY_OPAQUE;
#else
    context->reordered_opaque = -1;
#endif
}

static inline void yv_decoder_set_number(AVCodecContext *context, AVPacket *packet,
                                         int64_t number) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(59, 63, 100)
    // One more, as NULL stands for a frame without a number.
    if (packet) packet->opaque = (void *)(intptr_t)(number + 1);
    (void)context;
#else
    context->reordered_opaque = packet ? number : -1;
#endif
}

// The number of the packet that a frame comes from; negative where there is none.
static inline int64_t yv_frame_packet_number(const AVFrame *frame) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(59, 63, 100)
    return (int64_t)(intptr_t)frame->opaque - 1;
#else
    return frame->reordered_opaque;
#endif
}

// Side data of a whole stream.
static inline int yv_stream_side_data_count(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    return stream->codecpar->nb_coded_side_data;
#else
    return stream->nb_side_data;
#endif
}

static inline const AVPacketSideData *yv_stream_side_data(const AVStream *stream, int index) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    return &stream->codecpar->coded_side_data[index];
#else
    return &stream->side_data[index];
#endif
}

// Adds side data, in the place of any of its type, and returns the memory to be filled; NULL without memory.
static inline uint8_t *yv_stream_new_side_data(AVStream *stream, enum AVPacketSideDataType type,
                                               size_t size) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    AVCodecParameters *parameters = stream->codecpar;
    AVPacketSideData *made = av_packet_side_data_new(
        &parameters->coded_side_data, &parameters->nb_coded_side_data, type, size, 0);
    return made ? made->data : NULL;
#else
    return av_stream_new_side_data(stream, type, size);
#endif
}

// The pixel formats that an encoder takes, AV_PIX_FMT_NONE last; NULL where it does not say.
static inline const enum AVPixelFormat *yv_encoder_pixel_formats(const AVCodec *codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void *formats = NULL;
    int status = avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_PIX_FORMAT, 0,
                                              &formats, NULL);
    return status < 0 ? NULL : (const enum AVPixelFormat *)formats;
#else
    return codec->pix_fmts;
#endif
}

// The frame rates that an encoder takes, 0/0 last; NULL where it takes any.
static inline const AVRational *yv_encoder_frame_rates(const AVCodec *codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void *rates = NULL;
    int status = avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_FRAME_RATE, 0, &rates,
                                              NULL);
    return status < 0 ? NULL : (const AVRational *)rates;
#else
    return codec->supported_framerates;
#endif
}

// The file of the library of capture devices. Its header is not needed for anything else; its major version
// has been libavformat's since FFmpeg 5.
static inline const char *yv_device_library(void) {
    return "libavdevice.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR);
}
