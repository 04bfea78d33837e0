// FreeType's function-like macros, which Swift cannot import.
#pragma once
#include <ft2build.h>
#include FT_FREETYPE_H

static const FT_Int32 YV_FT_LOAD_FLAGS = FT_LOAD_RENDER | FT_LOAD_NO_BITMAP | FT_LOAD_TARGET_LIGHT;
static const FT_Long YV_FT_KERNING_MASK = FT_FACE_FLAG_KERNING;
