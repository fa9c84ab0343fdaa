# SPDX-License-Identifier: MIT
# liblz4 and libzstd, each with its header or not at all: SMF_LIBLZ4, SMF_LIBLZ4_INCLUDE, SMF_LIBZSTD, SMF_LIBZSTD_INCLUDE.
include_guard()

option(SMF_COMPRESSION "Compress modules and read compressed files on the host, where liblz4 and libzstd are" ON)
foreach(library LZ4:lz4:lz4frame.h ZSTD:zstd:zstd.h)
  string(REPLACE ":" ";" parts ${library})
  list(POP_FRONT parts variable name header)
  set(found OFF)
  if(SMF_COMPRESSION)
    find_library(SMF_LIB${variable}_FILE ${name} DOC "lib${name}, optional: compressed modules on the host")
    find_path(SMF_LIB${variable}_INCLUDE ${header} DOC "where lib${name}'s headers are")
    mark_as_advanced(SMF_LIB${variable}_FILE SMF_LIB${variable}_INCLUDE)
    if(SMF_LIB${variable}_FILE AND SMF_LIB${variable}_INCLUDE)
      set(found ${SMF_LIB${variable}_FILE})
    endif()
  endif()
  set(SMF_LIB${variable} ${found})
endforeach()
